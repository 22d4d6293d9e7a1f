using System.Buffers.Binary;
using System.Numerics;

namespace Mcu.Rtp.Fec;

/// <summary>The XOR of RTP packets, as a FEC packet carries it (RFC 5109 section 8): built packet by packet, in place.</summary>
/// <param name="capacity">Most bytes behind the fixed RTP header that are taken.</param>
internal sealed class Parity(int capacity)
{
    private readonly byte[] _body = new byte[capacity];
    private byte _flags;
    private byte _markerAndType;
    private uint _timestamp;
    private ushort _length;
    private int _bodyLength;

    /// <summary>The XOR of what stood behind the fixed headers, shorter packets filled up with zeros.</summary>
    public ReadOnlySpan<byte> Body => _body.AsSpan(0, _bodyLength);

    public void Clear()
    {
        _body.AsSpan(0, _bodyLength).Clear();
        (_flags, _markerAndType, _timestamp, _length, _bodyLength) = (0, 0, 0, 0, 0);
    }

    /// <summary>Begins with what a FEC packet says.</summary>
    public void Set(in UlpfecHeader header, ReadOnlySpan<byte> body)
    {
        Clear();
        (_flags, _markerAndType, _timestamp, _length) = (header.Flags, header.MarkerAndType, header.Timestamp, header.Length);
        AddBody(body, 0);
    }

    /// <summary>Adds a packet that is given as its header and, behind it, its payload with padding; false if it is too long.</summary>
    public bool TryAdd(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var extensions = header[RtpPacket.FixedHeaderLength..];
        if (extensions.Length + payload.Length > _body.Length)
        {
            return false;
        }

        _flags ^= (byte)(header[0] & 0x3F);
        _markerAndType ^= header[1];
        _timestamp ^= BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        _length ^= (ushort)(extensions.Length + payload.Length);
        AddBody(extensions, 0);
        AddBody(payload, extensions.Length);
        return true;
    }

    public UlpfecHeader HeaderFor(ushort baseSequence, ulong mask) =>
        new(_flags, _markerAndType, baseSequence, _timestamp, _length, (ushort)_bodyLength, mask);

    /// <summary>Writes what is left as a packet, once all protected packets but one were added; false if that cannot be one.</summary>
    public bool TryWritePacket(ushort sequence, uint ssrc, Span<byte> destination, out int length)
    {
        length = RtpPacket.FixedHeaderLength + _length;
        if (_length > _bodyLength || length > destination.Length)
        {
            return false;
        }

        destination[0] = (byte)(0x80 | _flags);
        destination[1] = _markerAndType;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], _timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], ssrc);
        _body.AsSpan(0, _length).CopyTo(destination[RtpPacket.FixedHeaderLength..]);
        return true;
    }

    private void AddBody(ReadOnlySpan<byte> bytes, int at)
    {
        var target = _body.AsSpan(at, bytes.Length);
        var i = 0;
        for (; i <= bytes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (new Vector<byte>(target[i..]) ^ new Vector<byte>(bytes[i..])).CopyTo(target[i..]);
        }

        for (; i < bytes.Length; i++)
        {
            target[i] ^= bytes[i];
        }

        _bodyLength = Math.Max(_bodyLength, at + bytes.Length);
    }
}
