using System.Buffers.Binary;

namespace Mcu.Rtp;

/// <summary>The fields of an RTP header that every packet has (RFC 3550 section 5.1).</summary>
public readonly record struct RtpHeader(byte PayloadType, bool Marker, ushort SequenceNumber, uint Timestamp, uint Ssrc);

/// <summary>
/// Writes one RTP packet into a span: the header, then extensions in the one-byte or two-byte form (RFC 8285), then the payload.
/// The span must have room; a write beyond it throws, since the sizes are the sender's own choice.
/// </summary>
public ref struct RtpWriter
{
    private readonly Span<byte> _packet;
    private readonly bool _twoByteForm;
    private int _length;
    private bool _hasExtensions;
    private bool _headerEnded;

    /// <param name="destination">Room for the whole packet.</param>
    /// <param name="header">The fixed header.</param>
    /// <param name="twoByteForm">Needed for extension ids above 14 and values that are empty or longer than 16 bytes.</param>
    public RtpWriter(Span<byte> destination, in RtpHeader header, bool twoByteForm = false)
    {
        _packet = destination;
        _twoByteForm = twoByteForm;
        _packet[0] = 0x80;
        _packet[1] = (byte)((header.Marker ? 0x80 : 0) | (header.PayloadType & 0x7F));
        BinaryPrimitives.WriteUInt16BigEndian(_packet[2..], header.SequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(_packet[4..], header.Timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(_packet[8..], header.Ssrc);
        _length = RtpPacket.FixedHeaderLength;
    }

    /// <summary>Bytes written so far.</summary>
    public readonly int Length => _length;

    /// <summary>Adds one header extension element. All of them come before the payload.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id or the length cannot be expressed in the form chosen.</exception>
    public void AddExtension(byte id, scoped ReadOnlySpan<byte> value)
    {
        if (_headerEnded)
        {
            throw new InvalidOperationException("Header extensions come before the payload.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(id, 1);
        if (!_twoByteForm)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(id, 14);
            ArgumentOutOfRangeException.ThrowIfLessThan(value.Length, 1, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, 16, nameof(value));
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, 255, nameof(value));
        if (!_hasExtensions)
        {
            _hasExtensions = true;
            _packet[0] |= 0x10;
            var profile = _twoByteForm ? HeaderExtensionBlock.TwoByteProfile : HeaderExtensionBlock.OneByteProfile;
            BinaryPrimitives.WriteUInt16BigEndian(_packet[_length..], profile);
            _length += 4;
        }

        if (_twoByteForm)
        {
            _packet[_length++] = id;
            _packet[_length++] = (byte)value.Length;
        }
        else
        {
            _packet[_length++] = (byte)((id << 4) | (value.Length - 1));
        }

        value.CopyTo(_packet[_length..]);
        _length += value.Length;
    }

    /// <summary>Ends the header: pads the extensions to 32 bits and fills in their length. Returns the header's length in bytes.</summary>
    public int EndHeader()
    {
        if (_hasExtensions && !_headerEnded)
        {
            while (_length % 4 != 0)
            {
                _packet[_length++] = 0;
            }

            var words = (_length - RtpPacket.FixedHeaderLength - 4) / 4;
            BinaryPrimitives.WriteUInt16BigEndian(_packet[(RtpPacket.FixedHeaderLength + 2)..], (ushort)words);
        }

        _headerEnded = true;
        return _length;
    }

    /// <summary>Appends payload bytes, ending the header before the first. Returns the packet's length so far.</summary>
    public int AddPayload(scoped ReadOnlySpan<byte> payload)
    {
        EndHeader();
        payload.CopyTo(_packet[_length..]);
        _length += payload.Length;
        return _length;
    }
}
