using System.Globalization;
using Mcu.Media.Codecs;
using Mcu.Sdp.Parsing;

namespace Mcu.Sdp.Negotiation;

/// <summary>Finds which of a peer's payload types this side also knows, in the peer's order.</summary>
internal static class CodecMatcher
{
    public static List<NegotiatedAudioCodec> MatchAudio(MediaDescription remote, LocalCapabilities capabilities)
    {
        var codecs = new List<NegotiatedAudioCodec>();
        foreach (var format in remote.Formats)
        {
            if (AudioCodecOf(format) is { } codec && capabilities.Audio.Contains(codec))
            {
                var opus = codec == AudioCodec.Opus ? OpusParameters.From(format.Parameters) : OpusParameters.Default;
                byte? red = capabilities.Red && codec == AudioCodec.Opus ? RedFor(remote, format) : null;
                codecs.Add(new NegotiatedAudioCodec(format.PayloadType, codec) { Opus = opus, RedPayloadType = red });
            }
        }

        return codecs;
    }

    public static List<NegotiatedVideoCodec> MatchVideo(MediaDescription remote, LocalCapabilities capabilities)
    {
        var codecs = new List<NegotiatedVideoCodec>();
        foreach (var format in remote.Formats)
        {
            if (VideoCodecOf(format) is { } codec && capabilities.Video.Contains(codec) && TryMatch(format, codec, out var match))
            {
                codecs.Add(match! with { RtxPayloadType = capabilities.Rtx ? RtxFor(remote, format) : null });
            }
        }

        return codecs;
    }

    /// <summary>
    /// RED and ULPFEC, where the peer has both and a codec that they help. RED without RTX of its own is left out where the codecs have RTX:
    /// a browser that wraps its media in RED would then answer no NACK.
    /// </summary>
    public static NegotiatedVideoFec? MatchVideoFec(
        MediaDescription remote,
        IReadOnlyList<NegotiatedVideoCodec> codecs,
        LocalCapabilities capabilities
    )
    {
        var red = remote.Formats.FirstOrDefault(format => IsVideo(format, "red"));
        var ulpfec = remote.Formats.FirstOrDefault(format => IsVideo(format, "ulpfec"));
        if (!capabilities.VideoFec || red is null || ulpfec is null || !codecs.Any(codec => codec.CanHaveFec))
        {
            return null;
        }

        var rtx = capabilities.Rtx ? RtxFor(remote, red) : null;
        var needsRtx = codecs.Any(codec => codec.RtxPayloadType is not null);
        return rtx is null && needsRtx ? null : new NegotiatedVideoFec(red.PayloadType, ulpfec.PayloadType, rtx);
    }

    private static bool IsVideo(PayloadFormat format, string encoding) => format.ClockRate == 90000 && format.Is(encoding);

    private static AudioCodec? AudioCodecOf(PayloadFormat format) =>
        format switch
        {
            { ClockRate: 48000, Channels: 2 } when format.Is("opus") => AudioCodec.Opus,
            { ClockRate: 8000, Channels: 1 } when format.Is("G722") => AudioCodec.G722,
            { ClockRate: 8000, Channels: 1 } when format.Is("PCMU") => AudioCodec.Pcmu,
            { ClockRate: 8000, Channels: 1 } when format.Is("PCMA") => AudioCodec.Pcma,
            _ => null,
        };

    private static VideoCodec? VideoCodecOf(PayloadFormat format) =>
        format switch
        {
            { ClockRate: not 90000 } => null,
            _ when format.Is("VP8") => VideoCodec.Vp8,
            _ when format.Is("VP9") => VideoCodec.Vp9,
            _ when format.Is("H264") => VideoCodec.H264,
            _ => null,
        };

    private static bool TryMatch(PayloadFormat format, VideoCodec codec, out NegotiatedVideoCodec? match)
    {
        match = new NegotiatedVideoCodec(format.PayloadType, codec) { Parameters = format.Parameters };
        return codec switch
        {
            // RFC 9628 section 6.1: profile 0 is 8-bit 4:2:0, and the default.
            VideoCodec.Vp9 => (format.Parameters.Value("profile-id") ?? "0") == "0",
            VideoCodec.H264 => TryMatchH264(format, ref match),
            _ => true,
        };
    }

    private static bool TryMatchH264(PayloadFormat format, ref NegotiatedVideoCodec match)
    {
        var profile = H264ProfileLevel.Implied;
        if (format.Parameters.Value("profile-level-id") is { } text && !H264ProfileLevel.TryParse(text, out profile))
        {
            return false;
        }

        // Mode 1 (non-interleaved) is what we send; mode 0 we only take; mode 2 (interleaved) neither.
        var mode = format.Parameters.Number("packetization-mode") ?? 0;
        match = match with { H264 = profile, Sendable = mode == 1 };
        return mode <= 1 && profile.Profile != H264Profile.Other;
    }

    /// <summary>The rtx payload type whose <c>apt</c> is this format (RFC 4588 section 8.1).</summary>
    private static byte? RtxFor(MediaDescription remote, PayloadFormat format)
    {
        foreach (var candidate in remote.Formats)
        {
            if (candidate.Is("rtx") && candidate.Parameters.Number("apt") == format.PayloadType)
            {
                return candidate.PayloadType;
            }
        }

        return null;
    }

    /// <summary>The red payload type all of whose blocks are this format (RFC 2198 section 5: <c>111/111</c>).</summary>
    private static byte? RedFor(MediaDescription remote, PayloadFormat format)
    {
        foreach (var candidate in remote.Formats)
        {
            if (
                candidate.Is("red")
                && candidate.ClockRate == format.ClockRate
                && CarriesOnly(candidate.Parameters.Text, format.PayloadType)
            )
            {
                return candidate.PayloadType;
            }
        }

        return null;
    }

    private static bool CarriesOnly(string blocks, byte payloadType)
    {
        var types = new TokenReader(blocks, '/');
        var count = 0;
        for (; types.TryNext(out var type); count++)
        {
            if (!byte.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number != payloadType)
            {
                return false;
            }
        }

        return count >= 2;
    }
}
