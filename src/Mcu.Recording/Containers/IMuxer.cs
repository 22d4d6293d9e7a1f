namespace Mcu.Recording.Containers;

/// <summary>
/// Writes encoded frames into one container format. Sans-IO: bytes come out by <see cref="Cut"/>, and what has come out is never needed again,
/// so a file that ends after any of them is whole. Times count from the recording's start. One owner.
/// </summary>
public interface IMuxer
{
    /// <summary>Adds an Opus packet. A time that is not after the one before is moved just behind it.</summary>
    /// <param name="packet">RFC 6716 section 3, not empty.</param>
    /// <param name="time">Of its first sample, not negative.</param>
    void AddAudio(ReadOnlySpan<byte> packet, TimeSpan time);

    /// <summary>Adds a picture. Those before the first keyframe are left out; a time that is not after the one before is moved just behind it.</summary>
    /// <param name="frame">VP8 and VP9: one frame. H.264: one access unit in Annex B with start codes of four bytes.</param>
    /// <param name="time">When it was composed, not negative.</param>
    /// <param name="isKeyframe">Decodable alone.</param>
    /// <param name="size">Of the picture.</param>
    void AddVideo(ReadOnlySpan<byte> frame, TimeSpan time, bool isKeyframe, PictureSize size);

    /// <summary>Writes all that begins before <paramref name="end"/>; false where nothing can be written yet, for there was no keyframe.</summary>
    bool Cut(TimeSpan end, ByteWriter output);

    /// <summary>Writes what is left and what makes the file seek well. Nothing may be added any more.</summary>
    /// <returns>Bytes written earlier that the end has made known: to be overwritten in the file.</returns>
    IReadOnlyList<FilePatch> Finish(TimeSpan end, ByteWriter output);
}

/// <summary>Pixels.</summary>
public readonly record struct PictureSize(int Width, int Height);

/// <summary>Bytes to be overwritten in a finished file.</summary>
/// <param name="Offset">From the file's beginning.</param>
/// <param name="Bytes">As many as were reserved there.</param>
public sealed record FilePatch(long Offset, ReadOnlyMemory<byte> Bytes);
