using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Mcu.Media;

namespace Mcu.Rtp.Send;

/// <summary>
/// The RTP header of one stream's packets with its extensions, laid out once: a packet copies it and fills in what differs, which is all that
/// is left to do for each of thousands of subscribers. Lies inside its stream: each object more is a cache miss more.
/// </summary>
internal readonly struct HeaderTemplate
{
    private const int SequenceAt = 2;
    private const int TimestampAt = 4;
    private const byte MarkerBit = 0x80;

    private readonly Bytes _bytes;
    private readonly byte _length;
    private readonly byte _sendTimeAt;
    private readonly byte _transportSequenceAt;

    /// <param name="mid">Written where the MID extension is negotiated; ASCII of at most 32 characters.</param>
    /// <exception cref="ArgumentOutOfRangeException">The MID is longer.</exception>
    public HeaderTemplate(byte payloadType, uint ssrc, string mid, in ExtensionMap extensions)
    {
        Mid = Encoding.ASCII.GetBytes(mid);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Mid.Length, 32, nameof(mid));
        UsesTwoByteForm = extensions.NeedsTwoByteForm || (extensions.Mid != 0 && Mid.Length > 16);
        Span<byte> bytes = stackalloc byte[SendStream.MaxHeaderBytes];
        bytes.Clear();
        var writer = new RtpWriter(bytes, new RtpHeader(payloadType, false, 0, 0, ssrc), UsesTwoByteForm);
        extensions.WriteMid(ref writer, Mid);
        extensions.WriteAbsoluteSendTime(ref writer, MediaTime.Zero);
        _sendTimeAt = (byte)(extensions.AbsoluteSendTime != 0 ? writer.Length - 3 : 0);
        extensions.WriteTransportSequence(ref writer, 0);
        _transportSequenceAt = (byte)(extensions.TransportSequence != 0 ? writer.Length - 2 : 0);
        _length = (byte)writer.EndHeader();
        bytes.CopyTo(_bytes);
    }

    /// <summary>Bytes of each packet's header.</summary>
    public int Length => _length;

    /// <summary>ASCII.</summary>
    public byte[] Mid { get; }

    public bool UsesTwoByteForm { get; }

    /// <summary>Whether packets take a number from the transport's sequence.</summary>
    public bool HasTransportSequence => _transportSequenceAt > 0;

    /// <summary>Writes the header; returns its length in bytes.</summary>
    public int Write(Span<byte> packet, bool marker, ushort sequence, uint timestamp, ushort transportSequence, MediaTime now)
    {
        ReadOnlySpan<byte> bytes = _bytes;
        bytes[.._length].CopyTo(packet);
        packet[1] |= marker ? MarkerBit : (byte)0;
        BinaryPrimitives.WriteUInt16BigEndian(packet[SequenceAt..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet[TimestampAt..], timestamp);
        if (_sendTimeAt > 0)
        {
            var time = now.ToRtpUnits(1 << 18);
            packet[_sendTimeAt] = (byte)(time >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(packet[(_sendTimeAt + 1)..], (ushort)time);
        }

        if (_transportSequenceAt > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[_transportSequenceAt..], transportSequence);
        }

        return _length;
    }

    /// <summary>Gives a packet that was written another payload type.</summary>
    public static void SetPayloadType(Span<byte> packet, byte payloadType) => packet[1] = (byte)((packet[1] & MarkerBit) | payloadType);

    [InlineArray(SendStream.MaxHeaderBytes)]
    private struct Bytes
    {
        private byte _first;
    }
}
