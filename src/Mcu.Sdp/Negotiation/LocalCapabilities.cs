using Mcu.Media.Codecs;

namespace Mcu.Sdp.Negotiation;

/// <summary>What this side can decode and encode. Order matters only where this side makes the offer.</summary>
public sealed record LocalCapabilities
{
    public static readonly LocalCapabilities Default = new();

    public IReadOnlyList<AudioCodec> Audio { get; init; } = [AudioCodec.Opus, AudioCodec.G722, AudioCodec.Pcmu, AudioCodec.Pcma];

    /// <summary>VP9 means profile 0; H.264 means baseline, main and high, of which constrained baseline is sent.</summary>
    public IReadOnlyList<VideoCodec> Video { get; init; } = [VideoCodec.Vp8, VideoCodec.Vp9, VideoCodec.H264];

    /// <summary>Retransmission streams (RFC 4588).</summary>
    public bool Rtx { get; init; } = true;

    /// <summary>Earlier frames of Opus once more in later packets (RED, RFC 2198).</summary>
    public bool Red { get; init; } = true;

    /// <summary>Forward error correction of video: ULPFEC in RED (RFC 5109, RFC 2198).</summary>
    public bool VideoFec { get; init; } = true;

    /// <summary>Transport-wide congestion control; without it REMB is left.</summary>
    public bool TransportCc { get; init; } = true;
}

/// <summary>What one participant may do, as the conference decides.</summary>
public sealed record SessionPolicy
{
    /// <summary>Speaks, shows, shares and gets the mix.</summary>
    public static readonly SessionPolicy Full = new();

    /// <summary>Gets the mix only (WHEP).</summary>
    public static readonly SessionPolicy ReceiveOnly = new()
    {
        TakesAudio = false,
        TakesVideo = false,
        TakesScreen = false,
    };

    /// <summary>Sends only (WHIP).</summary>
    public static readonly SessionPolicy SendOnly = new() { GivesAudio = false, GivesVideo = false };

    /// <summary>We take the participant's microphone.</summary>
    public bool TakesAudio { get; init; } = true;

    /// <summary>We take the participant's camera.</summary>
    public bool TakesVideo { get; init; } = true;

    /// <summary>We take the participant's screen share, the second video section.</summary>
    public bool TakesScreen { get; init; } = true;

    /// <summary>We send the mix.</summary>
    public bool GivesAudio { get; init; } = true;

    /// <summary>We send the composite.</summary>
    public bool GivesVideo { get; init; } = true;
}
