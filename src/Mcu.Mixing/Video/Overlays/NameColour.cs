namespace Mcu.Mixing.Video;

/// <summary>The colour that belongs to a name: the same in every room, on every node.</summary>
public static class NameColour
{
    // Mid tones of even weight, on each of which white text reads well.
    private static readonly RgbColor[] Palette =
    [
        new(0xC2, 0x4A, 0x4A),
        new(0xC0, 0x62, 0x2F),
        new(0x9A, 0x7B, 0x1F),
        new(0x5F, 0x8A, 0x35),
        new(0x2E, 0x8B, 0x57),
        new(0x1F, 0x8A, 0x8A),
        new(0x2F, 0x7D, 0xB8),
        new(0x4A, 0x66, 0xC8),
        new(0x6D, 0x55, 0xC7),
        new(0x93, 0x4F, 0xB8),
        new(0xB5, 0x48, 0x92),
        new(0x6B, 0x74, 0x85),
    ];

    public static RgbColor Of(string name)
    {
        // FNV-1a: string.GetHashCode differs from process to process.
        var hash = 2166136261u;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 16777619;
        }

        return Palette[(hash ^ (hash >> 16)) % (uint)Palette.Length];
    }
}
