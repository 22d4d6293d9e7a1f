using Mcu.Media.Codecs;

namespace Mcu.Sdp.Negotiation;

/// <summary>Writes one section of our own offers: the same payload types and extension ids each time.</summary>
internal static class OfferWriter
{
    private const string ConstrainedBaseline31 = "42e01f";
    private const byte RedPayloadType = 63;

    public static MediaKind KindOf(MediaPurpose purpose) => purpose == MediaPurpose.Audio ? MediaKind.Audio : MediaKind.Video;

    public static MediaDescription Write(MediaPurpose purpose, string mid, MediaDirection direction, LocalCapabilities capabilities)
    {
        var kind = KindOf(purpose);
        var section = new MediaDescription
        {
            Media = kind == MediaKind.Audio ? "audio" : "video",
            Connection = "IN IP4 0.0.0.0",
            Mid = mid,
            Direction = direction,
            RtcpMux = true,
            RtcpReducedSize = true,
        };
        WriteExtensions(section, kind, capabilities);
        if (kind == MediaKind.Audio)
        {
            foreach (var codec in capabilities.Audio)
            {
                var format = AudioFormat(codec);
                section.Formats.Add(WithFeedback(format, [], capabilities));
                if (codec == AudioCodec.Opus && capabilities.Red)
                {
                    section.Formats.Add(CodecFormats.Red(RedPayloadType, format.PayloadType));
                }
            }
        }
        else
        {
            WriteVideoFormats(section, capabilities);
        }

        return section;
    }

    private static void WriteVideoFormats(MediaDescription section, LocalCapabilities capabilities)
    {
        foreach (var codec in capabilities.Video)
        {
            var format = VideoFormat(codec);
            section.Formats.Add(WithFeedback(format, ["goog-remb", "ccm fir", "nack", "nack pli"], capabilities));
            if (capabilities.Rtx)
            {
                section.Formats.Add(CodecFormats.Rtx((byte)(format.PayloadType + 1), format.PayloadType));
            }
        }

        if (capabilities.VideoFec)
        {
            CodecFormats.AddVideoFec(section, new NegotiatedVideoFec(116, 118, capabilities.Rtx ? 117 : null));
        }
    }

    private static void WriteExtensions(MediaDescription section, MediaKind kind, LocalCapabilities capabilities)
    {
        ReadOnlySpan<string> known =
        [
            HeaderExtensionUri.AudioLevel,
            HeaderExtensionUri.AbsSendTime,
            HeaderExtensionUri.TransportCc,
            HeaderExtensionUri.Mid,
            HeaderExtensionUri.VideoOrientation,
        ];
        for (var i = 0; i < known.Length; i++)
        {
            if (SectionMatcher.Knows(kind, known[i], capabilities))
            {
                section.Extensions.Add(new HeaderExtension(i + 1, known[i]));
            }
        }
    }

    private static PayloadFormat WithFeedback(PayloadFormat format, ReadOnlySpan<string> feedback, LocalCapabilities capabilities)
    {
        foreach (var value in feedback)
        {
            format.Feedback.Add(value);
        }

        if (capabilities.TransportCc)
        {
            format.Feedback.Add("transport-cc");
        }

        return format;
    }

    private static PayloadFormat AudioFormat(AudioCodec codec) =>
        codec switch
        {
            AudioCodec.Opus => new PayloadFormat
            {
                PayloadType = 111,
                Encoding = "opus",
                ClockRate = 48000,
                Channels = 2,
                Parameters = CodecFormats.OpusParameters,
            },
            AudioCodec.G722 => StaticAudio(9, "G722"),
            AudioCodec.Pcmu => StaticAudio(0, "PCMU"),
            _ => StaticAudio(8, "PCMA"),
        };

    private static PayloadFormat StaticAudio(byte payloadType, string encoding) =>
        new()
        {
            PayloadType = payloadType,
            Encoding = encoding,
            ClockRate = 8000,
        };

    private static PayloadFormat VideoFormat(VideoCodec codec)
    {
        _ = H264ProfileLevel.TryParse(ConstrainedBaseline31, out var profile);
        var (payloadType, encoding, parameters) = codec switch
        {
            VideoCodec.Vp8 => ((byte)96, "VP8", FormatParameters.None),
            VideoCodec.Vp9 => ((byte)98, "VP9", new FormatParameters("profile-id=0")),
            _ => ((byte)102, "H264", CodecFormats.H264Parameters(profile, 1, levelAsymmetry: true)),
        };
        return new PayloadFormat
        {
            PayloadType = payloadType,
            Encoding = encoding,
            ClockRate = 90000,
            Parameters = parameters,
        };
    }
}
