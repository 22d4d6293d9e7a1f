using System.Numerics;
using Mcu.Media.Memory;

namespace Mcu.Rtp.Fec;

/// <summary>
/// Restores lost media packets of one incoming stream from its ULPFEC packets (RFC 5109 section 9, level 0): of the packets that one FEC packet
/// protects, one may be missing; what it restores may help another. Bounded in packets; keeps nothing while no FEC comes. One owner.
/// </summary>
/// <param name="ssrc">Of the stream: FEC does not say it.</param>
/// <param name="pool">Where packets are kept.</param>
public sealed class UlpfecDecoder(uint ssrc, BufferPool pool) : IDisposable
{
    /// <summary>Bytes of a packet that is kept or restored, at most.</summary>
    public const int MaxPacket = RtpPacket.FixedHeaderLength + UlpfecEncoder.MaxBody;

    private const int MediaCapacity = 128; // packets; a power of two, longer than a mask and what is reordered
    private const int FecCapacity = 32;
    private const int IdleAfter = 1024; // media packets without a FEC packet
    private const int RestartDistance = 5000; // packets: further back than any reordering

    private readonly Media[] _media = new Media[MediaCapacity];
    private readonly Fec[] _fec = new Fec[FecCapacity];
    private readonly Parity _parity = new(UlpfecEncoder.MaxBody);
    private SequenceUnwrapper _sequences;
    private long _highest = -1;
    private long _keptFrom; // packets before this number were not kept
    private int _nextFec;
    private int _sinceFec = IdleAfter;

    private struct Media
    {
        public PooledBuffer? Packet;
        public long Sequence;
    }

    private struct Fec
    {
        public PooledBuffer? Payload;
        public long Base;
        public ulong Missing;
    }

    public long FecPackets { get; private set; }

    public long RestoredPackets { get; private set; }

    /// <summary>Takes a media packet that arrived, RED taken off. A retransmitted one is not wanted: its header extensions may be others.</summary>
    public void AddMedia(in RtpPacket packet, in ExtensionMap extensions)
    {
        var sequence = _sequences.Unwrap(packet.SequenceNumber);
        if (sequence < _highest - RestartDistance)
        {
            Clear(); // the sender started anew
            _highest = _keptFrom = sequence;
        }

        _highest = Math.Max(_highest, sequence);
        if (_sinceFec >= IdleAfter || packet.Bytes.Length > MaxPacket)
        {
            return;
        }

        if (++_sinceFec == IdleAfter)
        {
            Clear();
            return;
        }

        ref var slot = ref _media[sequence & (MediaCapacity - 1)];
        if (slot.Packet is not null && slot.Sequence >= sequence)
        {
            return; // there already, or too old
        }

        slot.Packet?.Release();
        slot.Packet = pool.Rent(packet.Bytes.Length);
        slot.Packet.Length = packet.Bytes.Length;
        slot.Sequence = sequence;
        packet.Bytes.CopyTo(slot.Packet.Span);
        extensions.ClearSendTimes(slot.Packet.Span);
        foreach (ref var fec in _fec.AsSpan())
        {
            var distance = sequence - fec.Base;
            fec.Missing &= distance is >= 0 and < UlpfecHeader.MaskBits ? ~UlpfecHeader.BitOf((int)distance) : ulong.MaxValue;
        }
    }

    /// <summary>Takes what was inside RED under the payload type of ULPFEC; false if it is damaged or too long.</summary>
    public bool AddFec(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > UlpfecHeader.MaxLength + UlpfecEncoder.MaxBody || !UlpfecHeader.TryParse(payload, out var header, out _))
        {
            return false;
        }

        FecPackets++;
        if (_highest < 0)
        {
            _sinceFec = 0;
            return true; // whatever it protects was not kept
        }

        var first = _sequences.Peek(header.BaseSequence);
        _keptFrom = _sinceFec >= IdleAfter ? _highest + 1 : Math.Max(_keptFrom, _highest - MediaCapacity + 1);
        _sinceFec = 0;
        if (first < _keptFrom)
        {
            return true; // what it protects was not kept, or is no longer
        }

        ref var slot = ref _fec[_nextFec];
        _nextFec = (_nextFec + 1) % FecCapacity;
        slot.Payload?.Release();
        slot.Payload = pool.Rent(payload.Length);
        slot.Payload.Length = payload.Length;
        payload.CopyTo(slot.Payload.Span);
        slot.Base = first;
        slot.Missing = header.Mask;
        for (var distance = 0; distance < UlpfecHeader.MaskBits; distance++)
        {
            slot.Missing &= PacketAt(slot.Base + distance) is null ? ulong.MaxValue : ~UlpfecHeader.BitOf(distance);
        }

        return true;
    }

    /// <summary>Restores the next packet that can be; call until it returns false.</summary>
    /// <param name="extensions">Those of the stream.</param>
    /// <param name="destination">Room for <see cref="MaxPacket"/> bytes.</param>
    /// <param name="packet">The packet as it was sent, but for its times of sending, which are zero.</param>
    public bool TryRestore(in ExtensionMap extensions, Span<byte> destination, out RtpPacket packet)
    {
        packet = default;
        foreach (ref var fec in _fec.AsSpan())
        {
            if (fec.Payload is null || BitOperations.PopCount(fec.Missing) > 1)
            {
                continue;
            }

            var isRestored = fec.Missing != 0 && TryBuild(fec, destination, out packet);
            fec.Payload.Release();
            fec = default;
            if (isRestored)
            {
                RestoredPackets++;
                AddMedia(packet, extensions);
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose() => Clear();

    private PooledBuffer? PacketAt(long sequence)
    {
        ref var slot = ref _media[sequence & (MediaCapacity - 1)];
        return slot.Sequence == sequence ? slot.Packet : null;
    }

    private bool TryBuild(in Fec fec, Span<byte> destination, out RtpPacket packet)
    {
        packet = default;
        if (!UlpfecHeader.TryParse(fec.Payload!.Span, out var header, out var parity))
        {
            return false;
        }

        _parity.Set(header, parity);
        var missing = 0L;
        for (var distance = 0; distance < UlpfecHeader.MaskBits; distance++)
        {
            var bit = UlpfecHeader.BitOf(distance);
            if ((header.Mask & bit) == 0)
            {
                continue;
            }

            if ((fec.Missing & bit) != 0)
            {
                missing = fec.Base + distance;
            }
            else if (PacketAt(fec.Base + distance) is not { } present || !Add(present.Span))
            {
                return false; // it is no longer kept
            }
        }

        return _parity.TryWritePacket((ushort)missing, ssrc, destination, out var length)
            && RtpPacket.TryParse(destination[..length], out packet);
    }

    private bool Add(ReadOnlySpan<byte> packet) =>
        _parity.TryAdd(packet[..RtpPacket.FixedHeaderLength], packet[RtpPacket.FixedHeaderLength..]);

    private void Clear()
    {
        foreach (ref var slot in _media.AsSpan())
        {
            slot.Packet?.Release();
            slot = default;
        }

        foreach (ref var slot in _fec.AsSpan())
        {
            slot.Payload?.Release();
            slot = default;
        }
    }
}
