namespace Mcu.Recording.Containers;

/// <summary>What of a file that was cut off anywhere plays.</summary>
/// <param name="Bytes">From its beginning: header and whole pieces; 0 where not even the header is whole.</param>
/// <param name="Duration">Until its last frame ends; zero where that cannot be told.</param>
public readonly record struct WholePart(long Bytes, TimeSpan Duration);
