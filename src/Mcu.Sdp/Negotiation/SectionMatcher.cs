using System.Globalization;

namespace Mcu.Sdp.Negotiation;

/// <summary>Reads from a peer's media section what both sides can use of it. Used on offers and on answers alike.</summary>
internal static class SectionMatcher
{
    /// <summary>More announced sources than this in one section are ignored.</summary>
    private const int MaxSources = 16;

    /// <summary>Everything but purpose, direction and our own stream.</summary>
    public static NegotiatedMedia Match(int index, SessionDescription session, MediaDescription remote, LocalCapabilities capabilities)
    {
        var extensions = MatchExtensions(session, remote, capabilities);
        var video = remote.Kind == MediaKind.Video ? CodecMatcher.MatchVideo(remote, capabilities) : [];
        return new NegotiatedMedia
        {
            Index = index,
            Kind = remote.Kind,
            Mid = remote.Mid,
            Purpose = MediaPurpose.None,
            AudioCodecs = remote.Kind == MediaKind.Audio ? CodecMatcher.MatchAudio(remote, capabilities) : [],
            VideoCodecs = video,
            VideoFec = CodecMatcher.MatchVideoFec(remote, video, capabilities),
            Extensions = extensions,
            Feedback = MatchFeedback(remote, capabilities, extensions),
            ReducedSizeRtcp = remote.RtcpReducedSize,
            PacketTimeMs = remote.PacketTimeMs,
            MaxSendBitrateBps = MaxBitrate(remote),
            RemoteSources = Sources(remote),
            RemoteStreamId = remote.StreamIds.Count > 0 ? remote.StreamIds[0] : null,
        };
    }

    /// <summary>Whether this side knows an extension and the section's kind has a use for it.</summary>
    public static bool Knows(MediaKind kind, string uri, LocalCapabilities capabilities) =>
        uri switch
        {
            HeaderExtensionUri.Mid or HeaderExtensionUri.AbsSendTime => true,
            HeaderExtensionUri.TransportCc => capabilities.TransportCc,
            HeaderExtensionUri.AudioLevel => kind == MediaKind.Audio,
            HeaderExtensionUri.VideoOrientation => kind == MediaKind.Video,
            _ => false,
        };

    /// <summary>Whether this side knows a feedback type, and what it is.</summary>
    public static FeedbackKinds FeedbackOf(string feedback) =>
        feedback switch
        {
            "nack" => FeedbackKinds.Nack,
            "nack pli" => FeedbackKinds.Pli,
            "ccm fir" => FeedbackKinds.Fir,
            "goog-remb" => FeedbackKinds.Remb,
            "transport-cc" => FeedbackKinds.TransportCc,
            _ => FeedbackKinds.None,
        };

    private static ExtensionIds MatchExtensions(SessionDescription session, MediaDescription remote, LocalCapabilities capabilities)
    {
        var ids = default(ExtensionIds);
        foreach (var extension in remote.Extensions.Concat(session.Extensions))
        {
            if (extension.Id > 14 || !Knows(remote.Kind, extension.Uri, capabilities))
            {
                continue;
            }

            var id = (byte)extension.Id;
            ids = extension.Uri switch
            {
                HeaderExtensionUri.Mid when ids.Mid == 0 => ids with { Mid = id },
                HeaderExtensionUri.AudioLevel when ids.AudioLevel == 0 => ids with { AudioLevel = id },
                HeaderExtensionUri.AbsSendTime when ids.AbsSendTime == 0 => ids with { AbsSendTime = id },
                HeaderExtensionUri.TransportCc when ids.TransportCc == 0 => ids with { TransportCc = id },
                HeaderExtensionUri.VideoOrientation when ids.VideoOrientation == 0 => ids with { VideoOrientation = id },
                _ => ids,
            };
        }

        return ids;
    }

    private static FeedbackKinds MatchFeedback(MediaDescription remote, LocalCapabilities capabilities, ExtensionIds extensions)
    {
        var kinds = FeedbackKinds.None;
        foreach (var feedback in remote.Formats.SelectMany(format => format.Feedback).Concat(remote.WildcardFeedback))
        {
            kinds |= FeedbackOf(feedback);
        }

        // Transport-wide feedback speaks of sequence numbers that only the extension carries.
        return capabilities.TransportCc && extensions.TransportCc != 0 ? kinds : kinds & ~FeedbackKinds.TransportCc;
    }

    /// <summary>b=TIAS in bit/s (RFC 3890) before b=AS in kbit/s (RFC 8866 section 5.8).</summary>
    private static int? MaxBitrate(MediaDescription remote)
    {
        long? application = null;
        foreach (var line in remote.OtherLines)
        {
            if (line.Type != 'b')
            {
                continue;
            }

            if (TryBandwidth(line.Value, "TIAS:", out var bits))
            {
                return (int)Math.Min(bits, int.MaxValue);
            }

            application = TryBandwidth(line.Value, "AS:", out var kilobits) ? kilobits * 1000 : application;
        }

        return application is { } bps ? (int)Math.Min(bps, int.MaxValue) : null;
    }

    private static bool TryBandwidth(string value, string type, out long number)
    {
        number = 0;
        return value.StartsWith(type, StringComparison.Ordinal)
            && uint.TryParse(value.AsSpan(type.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed)
            && (number = parsed) > 0;
    }

    private static List<RemoteSource> Sources(MediaDescription remote)
    {
        var sources = new List<RemoteSource>();
        var retransmissions = new Dictionary<uint, uint>();
        foreach (var group in remote.SsrcGroups)
        {
            if (group.Semantics == SsrcGroup.FlowIdentification && group.Ssrcs.Count == 2)
            {
                retransmissions.TryAdd(group.Ssrcs[0], group.Ssrcs[1]);
            }
        }

        foreach (var attribute in remote.SsrcAttributes)
        {
            var known = sources.FindIndex(source => source.Ssrc == attribute.Ssrc);
            if (known < 0 && sources.Count < MaxSources && !retransmissions.ContainsValue(attribute.Ssrc))
            {
                known = sources.Count;
                sources.Add(new RemoteSource(attribute.Ssrc, retransmissions.TryGetValue(attribute.Ssrc, out var rtx) ? rtx : null, null));
            }

            if (known >= 0 && attribute.Name == "cname")
            {
                sources[known] = sources[known] with { Cname = attribute.Value };
            }
        }

        return sources;
    }
}
