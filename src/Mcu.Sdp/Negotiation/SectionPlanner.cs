namespace Mcu.Sdp.Negotiation;

/// <summary>Decides for each section of an offer whether it is accepted, what it is for, and which way media flows.</summary>
internal sealed class SectionPlanner(SessionDescription offer, AnswerContext context)
{
    private readonly HashSet<uint> _usedSsrcs = [];
    private readonly HashSet<MediaPurpose> _taken = [];

    public static bool IsSecureRtp(MediaDescription media) => media.Protocol is MediaDescription.WebRtcProtocol or "TCP/DTLS/RTP/SAVPF";

    public List<NegotiatedMedia> Plan()
    {
        ReserveWhatContinues();
        var plan = new List<NegotiatedMedia>(offer.Media.Count);
        for (var index = 0; index < offer.Media.Count; index++)
        {
            plan.Add(PlanSection(index, offer.Media[index]));
        }

        return plan;
    }

    /// <summary>SSRCs of both sides must not collide, and a purpose stays with the section that has it.</summary>
    private void ReserveWhatContinues()
    {
        foreach (var source in offer.Media.SelectMany(media => media.SsrcAttributes))
        {
            _usedSsrcs.Add(source.Ssrc);
        }

        foreach (var before in context.Previous?.Media ?? [])
        {
            if (before.Local is { } local)
            {
                _usedSsrcs.Add(local.Ssrc);
                _usedSsrcs.Add(local.RtxSsrc ?? local.Ssrc);
            }

            if (!before.Rejected && !offer.Media[before.Index].IsRejected)
            {
                _taken.Add(before.Purpose);
            }
        }
    }

    private NegotiatedMedia PlanSection(int index, MediaDescription remote)
    {
        var section = SectionMatcher.Match(index, offer, remote, context.Capabilities);
        var before = PreviousOf(index);
        if (!IsUsable(remote, section))
        {
            return Rejection(section);
        }

        var purpose = before?.Purpose ?? FreePurpose(remote);
        if (purpose == MediaPurpose.None)
        {
            return Rejection(section);
        }

        _taken.Add(purpose);
        return section with
        {
            Purpose = purpose,
            Receives = remote.Direction.Sends() && Takes(purpose),
            Sends = remote.Direction.Receives() && Gives(purpose) && CanEncode(section),
            Local = purpose == MediaPurpose.Screen ? null : before?.Local ?? NewSource(section, purpose),
        };
    }

    /// <summary>A rejected section keeps its position and nothing else.</summary>
    private static NegotiatedMedia Rejection(NegotiatedMedia section) =>
        new()
        {
            Index = section.Index,
            Kind = section.Kind,
            Mid = section.Mid,
            Purpose = MediaPurpose.None,
        };

    private bool IsUsable(MediaDescription remote, NegotiatedMedia section) =>
        !remote.IsRejected
        && IsSecureRtp(remote)
        && (section.AudioCodecs.Count > 0 || section.VideoCodecs.Count > 0)
        && (offer.BundledMids.Count == 0 || (remote.Mid is not null && offer.BundledMids.Contains(remote.Mid, StringComparer.Ordinal)));

    private NegotiatedMedia? PreviousOf(int index) =>
        context.Previous is { } previous && index < previous.Media.Count && !previous.Media[index].Rejected ? previous.Media[index] : null;

    /// <summary>First audio, first video, second video; a second video is a screen share, which only ever comes in.</summary>
    private MediaPurpose FreePurpose(MediaDescription remote) =>
        remote.Kind switch
        {
            MediaKind.Audio when !_taken.Contains(MediaPurpose.Audio) => MediaPurpose.Audio,
            MediaKind.Video when !_taken.Contains(MediaPurpose.Video) => MediaPurpose.Video,
            MediaKind.Video when !_taken.Contains(MediaPurpose.Screen) => MediaPurpose.Screen,
            _ => MediaPurpose.None,
        };

    private bool Takes(MediaPurpose purpose) =>
        purpose switch
        {
            MediaPurpose.Audio => context.Policy.TakesAudio,
            MediaPurpose.Video => context.Policy.TakesVideo,
            _ => context.Policy.TakesScreen,
        };

    private bool Gives(MediaPurpose purpose) =>
        purpose switch
        {
            MediaPurpose.Audio => context.Policy.GivesAudio,
            MediaPurpose.Video => context.Policy.GivesVideo,
            _ => false,
        };

    private static bool CanEncode(NegotiatedMedia section) =>
        section.AudioCodecs.Count > 0 || section.VideoCodecs.Any(codec => codec.Sendable);

    private LocalSource NewSource(NegotiatedMedia section, MediaPurpose purpose)
    {
        var rtx = section.VideoCodecs.Any(codec => codec.RtxPayloadType is not null);
        return LocalSources.Create(context.Identity, purpose, rtx, _usedSsrcs);
    }
}
