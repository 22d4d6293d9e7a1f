using Mcu.Media;
using Mcu.Rtp;
using Mcu.Rtp.Fec;
using Mcu.Rtp.Receive;

namespace Mcu.WebRtc.Peer;

/// <summary>Takes the peer's RTP apart: <c>stream → RTX taken off → RED taken off → media to the handler, FEC to what it restores</c>.</summary>
internal sealed class RtpReceiver(PeerMedia media, IWebRtcPeerHandler handler)
{
    private readonly byte[] _restored = new byte[UlpfecDecoder.MaxPacket];

    /// <summary>Takes one decrypted packet; rewrites it in place.</summary>
    public void Receive(Span<byte> bytes, MediaTime now)
    {
        if (!RtpPacket.TryParse(bytes, out var packet) || media.Demux.Find(packet) is not { } stream)
        {
            return;
        }

        if (stream.Receiver.Extensions.TryReadTransportSequence(packet, out var sequence))
        {
            media.TransportFeedback.OnPacket(sequence, now, bytes.Length);
        }

        stream.OnPacket(packet, now);
        if (stream.IsRtx)
        {
            ReceiveRetransmission(bytes, packet.PayloadType, stream, now);
            return;
        }

        stream.Receiver.Current = stream;
        ReceiveMedia(bytes, packet, stream, now, isRepeated: false);
    }

    private void ReceiveRetransmission(Span<byte> bytes, byte payloadType, RemoteStream rtx, MediaTime now)
    {
        var receiver = rtx.Receiver;
        receiver.UseOf(payloadType, out var original);
        if (
            media.Demux.BySsrc(receiver.MediaSsrcOf(rtx.Ssrc)) is { } stream
            && RtxDecapsulator.TryDecapsulate(bytes, stream.Ssrc, original, out var length)
            && RtpPacket.TryParse(bytes[..length], out var packet)
        )
        {
            stream.Stream.OnRtp(packet, now, isRestored: true);
            ReceiveMedia(bytes[..length], packet, stream, now, isRepeated: true);
        }
    }

    private void ReceiveMedia(Span<byte> bytes, in RtpPacket packet, RemoteStream stream, MediaTime now, bool isRepeated)
    {
        var receiver = stream.Receiver;
        if (!receiver.TakesFec)
        {
            handler.OnRtp(receiver.Track, packet, now);
            return;
        }

        var plain = packet;
        if (
            receiver.UseOf(packet.PayloadType, out _) == PayloadUse.Red
            && !packet.Payload.IsEmpty
            && !(RedEncapsulation.TryUnwrap(bytes, out var inside) && RtpPacket.TryParse(inside, out plain))
        )
        {
            return;
        }

        if (receiver.IsFec(plain.PayloadType))
        {
            stream.OnFec(plain.Payload);
            PassFiller(plain, stream, now);
        }
        else if (receiver.UseOf(plain.PayloadType, out _) == PayloadUse.Media)
        {
            stream.MediaPayloadType = plain.PayloadType;
            if (!isRepeated)
            {
                stream.Fec?.AddMedia(plain, receiver.Extensions);
            }

            handler.OnRtp(receiver.Track, plain, now);
        }
        else if (plain.Payload.IsEmpty)
        {
            PassFiller(plain, stream, now);
        }

        Restore(stream, now);
    }

    /// <summary>The number belongs to no frame: whoever puts frames together is told so by an empty media packet.</summary>
    private void PassFiller(in RtpPacket packet, RemoteStream stream, MediaTime now)
    {
        var receiver = stream.Receiver;
        if (receiver.UseOf(stream.MediaPayloadType, out _) != PayloadUse.Media)
        {
            return; // no media yet
        }

        Span<byte> bytes = stackalloc byte[RtpPacket.FixedHeaderLength];
        var header = new RtpHeader(stream.MediaPayloadType, false, packet.SequenceNumber, packet.Timestamp, packet.Ssrc);
        var writer = new RtpWriter(bytes, header);
        if (RtpPacket.TryParse(bytes[..writer.EndHeader()], out var filler))
        {
            handler.OnRtp(receiver.Track, filler, now);
        }
    }

    private void Restore(RemoteStream stream, MediaTime now)
    {
        var receiver = stream.Receiver;
        while (stream.Fec is { } fec && fec.TryRestore(receiver.Extensions, _restored, out var packet))
        {
            if (receiver.UseOf(packet.PayloadType, out _) == PayloadUse.Media)
            {
                stream.Stream.OnRestoredByFec(packet, now);
                handler.OnRtp(receiver.Track, packet, now);
            }
        }
    }
}
