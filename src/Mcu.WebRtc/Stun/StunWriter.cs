using System.Buffers.Binary;
using System.Security.Cryptography;
using Mcu.Media.Network;

namespace Mcu.WebRtc.Stun;

/// <summary>
/// Writes one STUN binding message (RFC 8489) into the caller's memory: header, attributes in the order given,
/// then <see cref="Finish"/> closes it with MESSAGE-INTEGRITY and FINGERPRINT.
/// </summary>
public ref struct StunWriter
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Starts a message.</summary>
    /// <param name="buffer">Room for the whole message; 256 bytes hold every message of ICE.</param>
    /// <param name="messageClass">Request, response or indication.</param>
    /// <param name="transactionId">12 bytes; a response repeats the request's.</param>
    /// <exception cref="ArgumentException">The transaction id has another length.</exception>
    public StunWriter(Span<byte> buffer, StunClass messageClass, ReadOnlySpan<byte> transactionId)
    {
        if (transactionId.Length != StunWire.TransactionIdLength)
        {
            throw new ArgumentException("A transaction id has 12 bytes.", nameof(transactionId));
        }

        _buffer = buffer;
        BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)((ushort)messageClass | StunWire.BindingMethod));
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], StunWire.MagicCookie);
        transactionId.CopyTo(buffer[8..]);
        _length = StunWire.HeaderLength;
    }

    public void Add(StunAttribute type, ReadOnlySpan<byte> value)
    {
        var room = AddRoom(type, value.Length);
        value.CopyTo(room);
    }

    /// <summary>Adds an attribute without a value, such as USE-CANDIDATE.</summary>
    public void AddFlag(StunAttribute type) => AddRoom(type, 0);

    public void AddUInt32(StunAttribute type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(AddRoom(type, sizeof(uint)), value);

    public void AddUInt64(StunAttribute type, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(AddRoom(type, sizeof(ulong)), value);

    /// <summary>USERNAME "receiver:sender" of a connectivity check (RFC 8445 section 7.2.2); ufrags are ASCII.</summary>
    public void AddUsername(ReadOnlySpan<byte> receiverUfrag, ReadOnlySpan<byte> senderUfrag)
    {
        var room = AddRoom(StunAttribute.Username, receiverUfrag.Length + 1 + senderUfrag.Length);
        receiverUfrag.CopyTo(room);
        room[receiverUfrag.Length] = (byte)':';
        senderUfrag.CopyTo(room[(receiverUfrag.Length + 1)..]);
    }

    /// <summary>XOR-MAPPED-ADDRESS (RFC 8489 section 14.2): where the request came from.</summary>
    public void AddXorMappedAddress(in NetworkPath address)
    {
        var room = AddRoom(StunAttribute.XorMappedAddress, address.IsIpv4 ? 8 : 20);
        room[0] = 0;
        room[1] = address.IsIpv4 ? StunWire.FamilyIpv4 : StunWire.FamilyIpv6;
        BinaryPrimitives.WriteUInt16BigEndian(room[2..], (ushort)(address.Port ^ (StunWire.MagicCookie >> 16)));
        if (address.IsIpv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(room[4..], (uint)address.AddressLow ^ StunWire.MagicCookie);
            return;
        }

        var mask = _buffer[4..];
        BinaryPrimitives.WriteUInt64BigEndian(room[4..], address.AddressHigh ^ BinaryPrimitives.ReadUInt64BigEndian(mask));
        BinaryPrimitives.WriteUInt64BigEndian(room[12..], address.AddressLow ^ BinaryPrimitives.ReadUInt64BigEndian(mask[8..]));
    }

    /// <summary>ERROR-CODE (RFC 8489 section 14.8) with an ASCII reason for people.</summary>
    public void AddErrorCode(StunErrorCode code, ReadOnlySpan<byte> reason)
    {
        var room = AddRoom(StunAttribute.ErrorCode, 4 + reason.Length);
        room[0] = 0;
        room[1] = 0;
        room[2] = (byte)((int)code / 100);
        room[3] = (byte)((int)code % 100);
        reason.CopyTo(room[4..]);
    }

    /// <summary>UNKNOWN-ATTRIBUTES (RFC 8489 section 14.9).</summary>
    public void AddUnknownAttributes(ReadOnlySpan<ushort> types)
    {
        var room = AddRoom(StunAttribute.UnknownAttributes, types.Length * sizeof(ushort));
        for (var i = 0; i < types.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(room[(i * sizeof(ushort))..], types[i]);
        }
    }

    /// <summary>Closes the message; returns its length in bytes.</summary>
    /// <param name="integrityKey">The password that MESSAGE-INTEGRITY is made with; empty for a message without it.</param>
    public int Finish(ReadOnlySpan<byte> integrityKey)
    {
        if (!integrityKey.IsEmpty)
        {
            // The length field counts MESSAGE-INTEGRITY already while it is computed (RFC 8489 section 14.5).
            var covered = _buffer[.._length];
            var mac = AddRoom(StunAttribute.MessageIntegrity, StunWire.IntegrityLength);
            WriteLength(_buffer, _length);
            HMACSHA1.HashData(integrityKey, covered, mac);
        }

        WriteLength(_buffer, _length + 8);
        var fingerprint = StunWire.Crc32(_buffer[.._length]) ^ StunWire.FingerprintXor;
        AddUInt32(StunAttribute.Fingerprint, fingerprint);
        return _length;
    }

    /// <summary>Writes the header's length field for a message of <paramref name="total"/> bytes, header included.</summary>
    internal static void WriteLength(Span<byte> message, int total) =>
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)(total - StunWire.HeaderLength));

    private Span<byte> AddRoom(StunAttribute type, int valueLength)
    {
        var padded = (valueLength + 3) & ~3;
        var room = _buffer.Slice(_length, 4 + padded);
        BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(room[2..], (ushort)valueLength);
        room[(4 + valueLength)..].Clear();
        _length += 4 + padded;
        return room.Slice(4, valueLength);
    }
}
