using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Congestion;
using Mcu.Rtp.Rtcp;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Dtls;

namespace Mcu.WebRtc.Peer;

public enum PeerRole
{
    /// <summary>ICE-lite, answers offers: the MCU.</summary>
    Server,

    /// <summary>Full ICE against a lite peer, makes the offers: tests and bots.</summary>
    Client,
}

public enum PeerState
{
    /// <summary>Not all of ICE and DTLS is done yet.</summary>
    Connecting,

    /// <summary>Media flows.</summary>
    Connected,

    /// <summary>The peer was not heard for <see cref="Ice.IceTiming.DisconnectedAfter"/>; media still flows to it.</summary>
    Disconnected,

    /// <summary>Consent was lost, so nothing is sent. An ICE restart brings the peer back.</summary>
    ConsentLost,

    /// <summary>DTLS failed: there will never be media.</summary>
    Failed,

    /// <summary>One side closed.</summary>
    Closed,
}

/// <summary>What a peer is made of.</summary>
public sealed record WebRtcPeerOptions
{
    public required PeerRole Role { get; init; }

    /// <summary>Shared by all peers; stays the caller's.</summary>
    public required DtlsCertificate Certificate { get; init; }

    public required IRandomSource Random { get; init; }

    /// <summary>The wall clock of sender reports.</summary>
    public required NtpClock Clock { get; init; }

    /// <summary>Where datagrams to send are put. Emptied by the owner, shared with its other peers.</summary>
    public required DatagramBatch Output { get; init; }

    /// <summary>Our addresses for the answer; none for a client.</summary>
    public IReadOnlyList<IceCandidate> Candidates { get; init; } = [];

    public LocalCapabilities Capabilities { get; init; } = LocalCapabilities.Default;

    /// <summary>What the participant may do.</summary>
    public SessionPolicy Policy { get; init; } = SessionPolicy.Full;

    /// <summary>Mean time between sender or receiver reports.</summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Takes what comes out of a <see cref="WebRtcPeer"/>. Called within the peer's methods, on the caller's thread;
/// spans and packets are valid during the call only. The handler may send, but not close or dispose, from within.
/// </summary>
public interface IWebRtcPeerHandler
{
    void OnStateChanged(PeerState state, MediaTime now);

    /// <summary>A media packet of a track, decrypted; a retransmitted one looks like the original. Reordering and duplicates are left in.</summary>
    void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now);

    /// <summary>Maps a track's RTP clock to the sender's wall clock, for lip sync.</summary>
    void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now);

    /// <summary>
    /// The peer cannot show a track of ours without a keyframe: it says so (PLI or FIR), or what waited for its path had to be dropped.
    /// </summary>
    void OnKeyframeRequested(MediaPurpose track, MediaTime now);

    /// <summary>Media goes another way from now on (ICE restart, another address): video goes on with its next keyframe, for what went the old way may be lost.</summary>
    void OnPathChanged(MediaTime now) { }

    /// <summary>The peer's estimate of what it can receive (REMB), which our own estimate keeps to.</summary>
    void OnBitrateEstimate(long bitrateBps, MediaTime now) { }
}

/// <summary>What the path to a peer carries, and how it is used.</summary>
/// <param name="TargetBps">Bit/s that all our packets may take, IP and UDP headers, repairs and probes included; null while nothing was reported.</param>
/// <param name="FractionLost">Share of our packets that lately did not arrive, 0 to 1.</param>
/// <param name="QueueDelay">How long a video packet handed over now waits before it leaves.</param>
/// <param name="PathQueue">How long a queue stands on the path itself.</param>
/// <param name="ThroughputBps">What arrives of ours now; 0 if unknown.</param>
/// <param name="ControlBps">Bit/s that RTCP to the peer takes of the target.</param>
/// <param name="State">What congestion control does.</param>
public readonly record struct PeerNetwork(
    long? TargetBps,
    double FractionLost,
    TimeSpan QueueDelay,
    TimeSpan PathQueue,
    long ThroughputBps,
    long ControlBps,
    CongestionState State
);
