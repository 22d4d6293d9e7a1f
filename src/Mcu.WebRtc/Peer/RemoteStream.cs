using Mcu.Media;
using Mcu.Rtp;
using Mcu.Rtp.Receive;

namespace Mcu.WebRtc.Peer;

/// <summary>One SSRC the peer sends: which track it belongs to, and what we must tell the peer about it.</summary>
internal sealed class RemoteStream(uint ssrc, MediaReceiver receiver, bool isRtx)
{
    public uint Ssrc => ssrc;

    public MediaReceiver Receiver => receiver;

    /// <summary>Carries retransmissions only (RFC 4588).</summary>
    public bool IsRtx => isRtx;

    public ReceiveStatistics Statistics { get; } = new(receiver.ClockRateHz);

    /// <summary>Null where lost packets are not asked for.</summary>
    public NackGenerator? Nacks { get; } = receiver.AsksForLost && !isRtx ? new NackGenerator() : null;

    public MediaTime LastPacket { get; private set; }

    public void OnPacket(in RtpPacket packet, MediaTime now)
    {
        LastPacket = now;
        Statistics.OnPacket(packet.SequenceNumber, packet.Timestamp, now);
        Nacks?.Received(packet.SequenceNumber, now);
    }

    /// <summary>A packet that came back as a retransmission: it fills a gap, and says nothing about loss and jitter here.</summary>
    public void OnRestored(in RtpPacket packet, MediaTime now) => Nacks?.Received(packet.SequenceNumber, now);
}
