using System.Buffers.Binary;

namespace Mcu.Rtp.Rtcp;

/// <summary>View of an SDES packet (RFC 3550 section 6.5): a walk over its CNAMEs; other items are skipped.</summary>
public ref struct SourceDescription
{
    private const byte EndItem = 0;
    private const byte CnameItem = 1;

    private ReadOnlySpan<byte> _rest;
    private int _chunksLeft;

    private SourceDescription(ReadOnlySpan<byte> chunks, int count)
    {
        _rest = chunks;
        _chunksLeft = count;
    }

    public static bool TryParse(in RtcpPacket packet, out SourceDescription description)
    {
        var matches = packet.Type == RtcpPacketType.SourceDescription;
        description = matches ? new SourceDescription(packet.Body, packet.Count) : default;
        return matches;
    }

    /// <summary>The next source that has a CNAME, as UTF-8; false at the end or at damage.</summary>
    public bool TryReadCname(out uint ssrc, out ReadOnlySpan<byte> cname)
    {
        ssrc = 0;
        cname = default;
        while (_chunksLeft > 0 && _rest.Length >= 4)
        {
            _chunksLeft--;
            ssrc = BinaryPrimitives.ReadUInt32BigEndian(_rest);
            if (!TryReadChunk(out cname))
            {
                _chunksLeft = 0;
                return false;
            }

            if (!cname.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the items of one chunk up to its terminating zero and moves to the next 32-bit boundary.</summary>
    private bool TryReadChunk(out ReadOnlySpan<byte> cname)
    {
        cname = default;
        var offset = 4;
        while (offset < _rest.Length && _rest[offset] != EndItem)
        {
            if (offset + 2 > _rest.Length || offset + 2 + _rest[offset + 1] > _rest.Length)
            {
                return false;
            }

            var value = _rest.Slice(offset + 2, _rest[offset + 1]);
            if (_rest[offset] == CnameItem)
            {
                cname = value;
            }

            offset += 2 + value.Length;
        }

        if (offset >= _rest.Length)
        {
            return false;
        }

        _rest = _rest[Math.Min((offset + 4) & ~3, _rest.Length)..];
        return true;
    }
}

/// <summary>View of a BYE packet (RFC 3550 section 6.6).</summary>
public readonly ref struct Bye
{
    private readonly ReadOnlySpan<byte> _sources;

    private Bye(ReadOnlySpan<byte> sources, ReadOnlySpan<byte> reason)
    {
        _sources = sources;
        Reason = reason;
    }

    public int Count => _sources.Length / 4;

    /// <summary>UTF-8; empty if none was given.</summary>
    public ReadOnlySpan<byte> Reason { get; }

    /// <summary>An SSRC that leaves.</summary>
    public uint this[int index] => BinaryPrimitives.ReadUInt32BigEndian(_sources[(index * 4)..]);

    public static bool TryParse(in RtcpPacket packet, out Bye bye)
    {
        bye = default;
        var length = packet.Count * 4;
        if (packet.Type != RtcpPacketType.Bye || packet.Body.Length < length)
        {
            return false;
        }

        var rest = packet.Body[length..];
        var reason = rest.Length > 0 && rest.Length > rest[0] ? rest.Slice(1, rest[0]) : default;
        bye = new Bye(packet.Body[..length], reason);
        return true;
    }
}
