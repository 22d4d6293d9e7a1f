using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Rtp.Fec;

namespace Mcu.Rtp.Send;

/// <content>What is sent beside the frames: repetitions, forward error correction, padding.</content>
public sealed partial class SendStream
{
    /// <summary>
    /// Answers a NACK for one packet, on the RTX stream where there is one. Returns the packet's length, or 0 if it is no longer kept
    /// or was repeated less than half a round trip ago, or a keyframe has been sent since that makes it useless: after an outage hundreds of
    /// such packets are asked for, and would stand before that keyframe.
    /// </summary>
    public int Retransmit(ushort sequence, MediaTime now, Span<byte> destination)
    {
        // Half of it: one request may cross the repair on its way, but the next one, a round trip later, means that the repair was lost,
        // even if jitter brings it early.
        var interval = RoundTripTime is { } rtt && rtt / 2 > s_minResendInterval ? rtt / 2 : s_minResendInterval;
        if (
            _history is null
            || !_history.TryFind(sequence, now, out var entry)
            || entry.ResentAt > now - interval
            || IsSuperseded(entry, now)
        )
        {
            return 0;
        }

        var frame = entry.Frame!;
        var payload = frame[entry.Index];
        int length;
        if (_options.RtxSsrc is null || entry.Sent.PayloadTypes.Rtx is not { } rtx)
        {
            length = WriteHeader(_header, frame, entry.Index, sequence, entry.Sent.Timestamp, now, destination);
            HeaderTemplate.SetPayloadType(destination, entry.Sent.PayloadTypes.Media);
        }
        else
        {
            length = WriteHeader(_rtxHeader, frame, entry.Index, _nextRtxSequence++, entry.Sent.Timestamp, now, destination);
            HeaderTemplate.SetPayloadType(destination, rtx);
            BinaryPrimitives.WriteUInt16BigEndian(destination[length..], sequence); // OSN, RFC 4588 section 4
            length += sizeof(ushort);
        }

        CopyPayload(frame, entry.Index, entry.Sent.Numbers, destination[length..]);
        _history.MarkResent(sequence, now);
        PacketsRetransmitted++;
        BytesRetransmitted += payload.Length;
        return length + payload.Length;
    }

    /// <summary>
    /// Writes the next FEC packet that is due behind the packet written last, as the stream's next packet, in RED; returns its length in bytes,
    /// or 0 if there is none. It is never retransmitted.
    /// </summary>
    /// <param name="now">Time of sending.</param>
    /// <param name="destination">1500 bytes always suffice.</param>
    public int WriteFec(MediaTime now, Span<byte> destination)
    {
        if (_protection is not { IsOn: true } || _options.Fec is not { } types)
        {
            return 0;
        }

        var header = _header.Length + RedEncapsulation.HeaderLength;
        if (!_protection.TryTake(destination[header..], out var length))
        {
            return 0;
        }

        var transportSequence = _header.HasTransportSequence && _transport is not null ? _transport.Next() : (ushort)0;
        _header.Write(destination, false, _nextSequence++, _sentAs.Timestamp, transportSequence, now);
        RedEncapsulation.Wrap(destination, _header.Length, types.Red, types.Ulpfec);
        PacketsSent++;
        BytesSent += length;
        FecPacketsSent++;
        FecBytesSent += length;
        return header + length;
    }

    /// <summary>
    /// Writes a packet whose only use is to be counted at the other end, on the RTX stream: a repeated packet of about the size asked for,
    /// which may even repair a loss (RFC 4588), else nothing but padding (RFC 3550 section 5.1). Returns its length; 0 without an RTX stream.
    /// </summary>
    /// <param name="payloadBytes">How much is wanted at most; of plain padding 255 bytes go into a packet.</param>
    /// <param name="now">Time of sending.</param>
    /// <param name="destination">The payload's length + <see cref="MaxHeaderBytes"/> always suffices.</param>
    public int WritePadding(int payloadBytes, MediaTime now, Span<byte> destination)
    {
        if (!HasRtx)
        {
            return 0;
        }

        var sequence = _nextRtxSequence++;
        if (
            payloadBytes > MaxPadding
            && _history is not null
            && _history.TryFindOfSize(payloadBytes, now, out var entry)
            && entry.Sent.PayloadTypes.Rtx is { } rtx
        )
        {
            var frame = entry.Frame!;
            var length = WriteHeader(_rtxHeader, frame, entry.Index, sequence, entry.Sent.Timestamp, now, destination);
            HeaderTemplate.SetPayloadType(destination, rtx);
            BinaryPrimitives.WriteUInt16BigEndian(destination[length..], entry.Sequence);
            length += sizeof(ushort) + frame[entry.Index].Length;
            CopyPayload(frame, entry.Index, entry.Sent.Numbers, destination[(length - frame[entry.Index].Length)..]);
            BytesOfPadding += frame[entry.Index].Length;
            return length;
        }

        var padding = Math.Clamp(payloadBytes, 1, MaxPadding);
        var numbered = _rtxHeader.HasTransportSequence && _transport is not null ? _transport.Next() : (ushort)0;
        var start = _rtxHeader.Write(destination, false, sequence, TimestampOf(now), numbered, now);
        HeaderTemplate.SetPayloadType(destination, _payloadTypes.Rtx!.Value);
        destination[0] |= PaddingBit;
        destination.Slice(start, padding - 1).Clear();
        destination[start + padding - 1] = (byte)padding;
        BytesOfPadding += padding;
        return start + padding;
    }

    private bool IsSuperseded(in SendHistory.Entry entry, MediaTime now) =>
        _keyframeSequence is { } keyframe && (short)(entry.Sequence - keyframe) < 0 && now - entry.SentAt > s_supersededAfter;

    /// <summary>FEC is over packets without what differs each time they are sent: RED, the time of sending and the transport's number.</summary>
    private void Protect(PacketizedFrame frame, int index, ushort sequence, ReadOnlySpan<byte> payload, MediaTime now)
    {
        Span<byte> header = stackalloc byte[MaxHeaderBytes];
        var length = _header.Write(header, index == frame.MarkerIndex, sequence, _sentAs.Timestamp, 0, MediaTime.Zero);
        _protection!.Add(header[..length], payload, now);
    }
}
