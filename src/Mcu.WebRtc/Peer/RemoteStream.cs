using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp;
using Mcu.Rtp.Fec;
using Mcu.Rtp.Receive;

namespace Mcu.WebRtc.Peer;

/// <summary>One SSRC the peer sends: which track it belongs to, and its book-keeping.</summary>
/// <param name="ssrc">The SSRC.</param>
/// <param name="receiver">Its track.</param>
/// <param name="isRtx">Carries retransmissions only (RFC 4588).</param>
/// <param name="clock">The peer's clock, shared by all its streams.</param>
internal sealed class RemoteStream(uint ssrc, MediaReceiver receiver, bool isRtx, SenderClock clock) : IDisposable
{
    public uint Ssrc => ssrc;

    public MediaReceiver Receiver => receiver;

    public bool IsRtx => isRtx;

    public ReceiveStream Stream { get; } =
        new(
            new ReceiveStreamOptions
            {
                Ssrc = ssrc,
                ClockRateHz = receiver.ClockRateHz,
                Nack = receiver.AsksForLost && !isRtx ? new NackOptions() : null,
            },
            clock
        );

    /// <summary>Null before the first FEC packet: few streams have any.</summary>
    public UlpfecDecoder? Fec { get; private set; }

    /// <summary>The payload type of the media packet that came last; 0 before the first.</summary>
    public byte MediaPayloadType { get; set; }

    public MediaTime LastPacket { get; private set; }

    public void OnPacket(in RtpPacket packet, MediaTime now)
    {
        LastPacket = now;
        Stream.OnRtp(packet, now);
    }

    public void OnFec(ReadOnlySpan<byte> payload)
    {
        Fec ??= new UlpfecDecoder(ssrc, BufferPool.Shared);
        Fec.AddFec(payload);
    }

    public void Dispose() => Fec?.Dispose();
}
