using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Rtp;
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

    /// <summary>What the peer's receiver says about one of our streams.</summary>
    void OnReceiverReport(MediaPurpose track, in ReportBlock report, MediaTime now);

    /// <summary>The peer cannot show a track of ours without a keyframe (PLI or FIR).</summary>
    void OnKeyframeRequested(MediaPurpose track, MediaTime now);

    /// <summary>The peer's estimate of what it can receive (REMB).</summary>
    void OnBitrateEstimate(long bitrateBps, MediaTime now);

    /// <summary>Arrival times of the packets that <see cref="OnPacketSent"/> told of.</summary>
    void OnTransportFeedback(in TransportFeedback feedback, MediaTime now);

    /// <summary>A packet with a transport-wide sequence number went out; <paramref name="length"/> is its bytes before encryption.</summary>
    void OnPacketSent(ushort transportSequence, int length, MediaTime now);
}
