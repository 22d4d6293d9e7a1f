using Mcu.Media.Codecs;

namespace Mcu.Rtp.Payloads;

/// <summary>What the payload of one packet tells about its frame.</summary>
[Flags]
public enum VideoPayloadFlags : byte
{
    None = 0,

    /// <summary>A frame may begin here: for VP8 and VP9 it does; for H.264 it does unless the packet before belongs to the same frame.</summary>
    FrameStart = 1,

    /// <summary>The frame is decodable alone, given the parameter sets that are known.</summary>
    Keyframe = 2,

    /// <summary>H.264: the frame brings a sequence parameter set.</summary>
    ParameterSets = 4,

    /// <summary>The frame begins here even if the packet before is not known.</summary>
    CertainStart = 8,
}

internal static class VideoPayloadFlagsExtensions
{
    public static bool Has(this VideoPayloadFlags flags, VideoPayloadFlags flag) => (flags & flag) == flag;
}

/// <summary>Puts frames together from RTP payloads of one codec. Never throws on damaged payloads. One owner.</summary>
public interface IVideoDepacketizer
{
    VideoCodec Codec { get; }

    /// <summary>Looks at one payload, in any order, without changing anything; false if it is damaged.</summary>
    bool TryParse(ReadOnlySpan<byte> payload, out VideoPayloadFlags flags);

    /// <summary>The number of a payload's frame where the format has one that grows by one with each frame (7 or 15 bits), or -1.</summary>
    int PictureIdOf(ReadOnlySpan<byte> payload) => -1;

    /// <summary>Most bytes that <see cref="Append"/> writes for this payload.</summary>
    int MaxOutput(ReadOnlySpan<byte> payload);

    /// <summary>Appends what one payload adds to its frame; called in order of sequence. Returns the bytes written.</summary>
    int Append(ReadOnlySpan<byte> payload, Span<byte> output);

    /// <summary>True if a keyframe of these flags can be decoded: it brings its parameter sets, needs none, or they are known.</summary>
    bool CanStartWith(VideoPayloadFlags frameFlags) => true;

    /// <summary>Most bytes that <see cref="WritePrefix"/> writes.</summary>
    int MaxPrefix => 0;

    /// <summary>Writes what must stand before a frame of these flags and was not sent with it (H.264 parameter sets). Returns the bytes written.</summary>
    int WritePrefix(VideoPayloadFlags frameFlags, Span<byte> output) => 0;
}
