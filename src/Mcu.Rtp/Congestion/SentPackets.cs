using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>What the receiver said about a packet.</summary>
internal enum PacketFate : byte
{
    Unknown,
    Arrived,
    Missing,
}

/// <summary>One packet that was sent with a transport-wide number.</summary>
internal struct SentPacket
{
    public MediaTime SentAt;

    /// <summary>Bytes of all packets up to and with this one.</summary>
    public long BytesUpTo;

    /// <summary>The low 32 bits of the unwrapped number.</summary>
    public uint Number;

    public ushort Bytes;

    /// <summary>The probe it belongs to; 0 for none.</summary>
    public byte Probe;

    public PacketFate Fate;
}

/// <summary>
/// What was sent lately, by transport-wide sequence number. Starts small, as most transports have few packets under way, and grows
/// up to a bound while packets that nobody reported on would be overwritten.
/// </summary>
internal sealed class SentPackets
{
    private const int FirstLength = 64;
    private const int MaxLength = 8192;

    /// <summary>Whatever was not reported after this time never will be: the queues of slow lines hold packets for seconds.</summary>
    private static readonly TimeSpan s_reportedWithin = TimeSpan.FromSeconds(8);

    private SentPacket[] _packets = new SentPacket[FirstLength];
    private long _last;

    /// <summary>Bytes of all packets ever sent.</summary>
    public long BytesSent { get; private set; }

    /// <summary>When the last packet went out.</summary>
    public MediaTime LastSentAt { get; private set; }

    public bool IsEmpty => _last == 0;

    public ref SentPacket this[int slot] => ref _packets[slot];

    /// <summary>Takes the next packet. Numbers grow; some may be missing.</summary>
    public void Add(ushort sequence, int bytes, byte probe, MediaTime now)
    {
        _last = _last == 0 ? sequence + 0x1_0000L : _last + (ushort)(sequence - (ushort)_last);
        ref var packet = ref _packets[_last & (_packets.Length - 1)];
        if (packet.Fate == PacketFate.Unknown && packet.Bytes > 0 && now - packet.SentAt < s_reportedWithin && _packets.Length < MaxLength)
        {
            Grow();
            packet = ref _packets[_last & (_packets.Length - 1)];
        }

        BytesSent += bytes;
        LastSentAt = now;
        packet.SentAt = now;
        packet.BytesUpTo = BytesSent;
        packet.Number = (uint)_last;
        packet.Bytes = (ushort)Math.Min(bytes, ushort.MaxValue);
        packet.Probe = probe;
        packet.Fate = PacketFate.Unknown;
    }

    /// <summary>Where the packet with this number is; false if it was never sent or is forgotten.</summary>
    public bool TryFind(ushort sequence, out int slot)
    {
        var number = _last + (short)(sequence - (ushort)_last);
        slot = (int)(number & (_packets.Length - 1));
        return number <= _last && _packets[slot].Number == (uint)number && _packets[slot].Bytes > 0;
    }

    private void Grow()
    {
        var grown = new SentPacket[_packets.Length * 2];
        foreach (ref var packet in _packets.AsSpan())
        {
            grown[packet.Number & (grown.Length - 1)] = packet;
        }

        _packets = grown;
    }
}
