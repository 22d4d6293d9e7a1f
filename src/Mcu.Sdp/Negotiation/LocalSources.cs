namespace Mcu.Sdp.Negotiation;

/// <summary>Names the streams this side sends, and writes them into a section.</summary>
internal static class LocalSources
{
    public static LocalSource Create(LocalIdentity identity, MediaPurpose purpose, bool rtx, HashSet<uint> used)
    {
        var track = purpose switch
        {
            MediaPurpose.Audio => "audio",
            MediaPurpose.Screen => "screen",
            _ => "video",
        };
        return new LocalSource(
            NextSsrc(identity, used),
            rtx ? NextSsrc(identity, used) : null,
            identity.Cname,
            identity.StreamId,
            $"{identity.StreamId}-{track}"
        );
    }

    /// <summary>a=msid, a=ssrc-group:FID and a=ssrc for a stream.</summary>
    public static void Announce(MediaDescription section, LocalSource source)
    {
        section.StreamIds.Add(new MediaStreamId(source.StreamId, source.TrackId));
        if (source.RtxSsrc is { } rtx)
        {
            section.SsrcGroups.Add(new SsrcGroup(SsrcGroup.FlowIdentification, [source.Ssrc, rtx]));
        }

        AnnounceSsrc(section, source.Ssrc, source);
        if (source.RtxSsrc is { } retransmission)
        {
            AnnounceSsrc(section, retransmission, source);
        }
    }

    private static void AnnounceSsrc(MediaDescription section, uint ssrc, LocalSource source)
    {
        section.SsrcAttributes.Add(new SsrcAttribute(ssrc, "cname", source.Cname));
        section.SsrcAttributes.Add(new SsrcAttribute(ssrc, "msid", $"{source.StreamId} {source.TrackId}"));
    }

    private static uint NextSsrc(LocalIdentity identity, HashSet<uint> used)
    {
        uint ssrc;
        do
        {
            ssrc = identity.NextSsrc();
        } while (ssrc == 0 || !used.Add(ssrc));

        return ssrc;
    }
}
