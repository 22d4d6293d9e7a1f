using System.Buffers.Binary;
using Mcu.Media;

namespace Mcu.Rtp.Fec;

/// <summary>
/// Makes ULPFEC packets (RFC 5109, level 0) for one outgoing video stream: media packets in, as they are sent, FEC payloads out. Packets go
/// into interleaved sets with one FEC packet each, so that neighbours lost together are in different sets. Nothing is kept but the XOR. One owner.
/// </summary>
/// <remarks>
/// A group of packets is what FEC packets follow: a frame, part of one that is long, or several frames that are too small to pay for
/// a FEC packet each.
/// </remarks>
public sealed class UlpfecEncoder
{
    /// <summary>Bytes of a packet behind its fixed header that are protected at most.</summary>
    public const int MaxBody = 1350;

    private const int MaxSets = UlpfecHeader.MaskBits / 2;

    private readonly Set?[] _sets = new Set?[MaxSets]; // made when first needed
    private double _rate;
    private double _credit; // FEC packets that may still be sent; a fraction, or a debt of one
    private int _frameLeft; // packets of the frame that are still to come
    private int _groupLeft; // packets until the group ends or, at a frame's end, may end
    private int _grouped; // packets in the group
    private int _setCount = 1;
    private int _cursor;
    private int _due; // sets whose FEC packet is to be taken
    private ushort _groupBase; // number of the group's first packet
    private MediaTime _groupBegan;
    private TimeSpan _patience;

    private sealed class Set
    {
        public readonly Parity Parity = new(MaxBody);
        public ushort Base;
        public ulong Mask;
        public int Count;
    }

    /// <summary>A frame follows.</summary>
    /// <param name="packets">How many packets it has, 1 or more.</param>
    /// <param name="rate">FEC packets for each media packet, more than 0, up to 0.5.</param>
    /// <param name="patience">A group of small frames is not kept open for longer, if it has two packets.</param>
    public void BeginFrame(int packets, double rate, TimeSpan patience)
    {
        if (_frameLeft > 0)
        {
            Reset(); // the frame before was not sent to its end
        }

        _rate = rate;
        _patience = patience;
        _frameLeft = packets;
        PlanGroup();
    }

    /// <summary>Takes a media packet of the frame. They come in the order of their numbers; a gap between them begins anew.</summary>
    /// <param name="header">Its RTP header as the receiver has it after RED is taken off, without times of sending (<see cref="ExtensionMap.ClearSendTimes"/>).</param>
    /// <param name="payload">What follows the header.</param>
    /// <param name="now">Time of sending.</param>
    public void Add(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, MediaTime now)
    {
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        if (_grouped > 0 && (ushort)(sequence - _groupBase) >= UlpfecHeader.MaskBits)
        {
            Reset();
            PlanGroup();
        }

        if (_grouped == 0)
        {
            (_groupBase, _groupBegan) = (sequence, now);
        }

        var set = NextSet();
        if (set.Parity.TryAdd(header, payload))
        {
            set.Base = set.Count == 0 ? sequence : set.Base;
            set.Mask |= UlpfecHeader.BitOf((ushort)(sequence - set.Base));
            set.Count++;
        }

        _grouped++;
        _frameLeft--;
        if (--_groupLeft <= 0)
        {
            EndGroup(now);
        }
    }

    /// <summary>Writes the next FEC payload that is due, to be sent behind the packet added last; call until it returns false.</summary>
    /// <param name="destination">Room for <see cref="UlpfecHeader.MaxLength"/> + <see cref="MaxBody"/> bytes always suffices.</param>
    /// <param name="length">Bytes written.</param>
    public bool TryTake(Span<byte> destination, out int length)
    {
        length = 0;
        while (_due > 0 && length == 0)
        {
            var set = _sets[--_due]!;
            if (set.Count > 0)
            {
                var header = set.Parity.HeaderFor(set.Base, set.Mask);
                length = header.Write(destination);
                set.Parity.Body.CopyTo(destination[length..]);
                length += set.Parity.Body.Length;
            }

            Clear(set);
            if (_due == 0)
            {
                _grouped = 0;
                PlanGroup();
            }
        }

        return length > 0;
    }

    /// <summary>Forgets the group that is open.</summary>
    public void Reset()
    {
        foreach (var set in _sets)
        {
            if (set is not null)
            {
                Clear(set);
            }
        }

        (_grouped, _due, _credit) = (0, 0, 0);
    }

    private static void Clear(Set set)
    {
        set.Parity.Clear();
        (set.Mask, set.Count) = (0, 0);
    }

    /// <summary>Decides how many packets the group gets at most, of equal parts of a long frame, and how many sets they go into.</summary>
    private void PlanGroup()
    {
        if (_frameLeft <= 0)
        {
            return;
        }

        var packets = _grouped + _frameLeft;
        var groups = ((packets - 1) / UlpfecHeader.MaskBits) + 1;
        var size = ((packets - 1) / groups) + 1;
        _groupLeft = Math.Max(size - _grouped, 1);
        _credit += _groupLeft * _rate;
        _setCount = Math.Clamp((int)_credit, 1, Math.Min(MaxSets, (_grouped + _groupLeft + 1) / 2));
        _cursor = 0;
    }

    /// <summary>The emptiest set, in turn: what an open group already has is in the first.</summary>
    private Set NextSet()
    {
        var chosen = 0;
        for (var step = 0; step < _setCount; step++)
        {
            var candidate = (_cursor + step) % _setCount;
            chosen = step == 0 || CountOf(candidate) < CountOf(chosen) ? candidate : chosen;
        }

        _cursor = (chosen + 1) % _setCount;
        return _sets[chosen] ??= new Set();
    }

    private int CountOf(int set) => _sets[set]?.Count ?? 0;

    private void EndGroup(MediaTime now)
    {
        var isTooOld = _grouped > 1 && now - _groupBegan >= _patience;
        if (_credit < 1 && !isTooOld && _frameLeft <= 0 && _grouped < UlpfecHeader.MaskBits)
        {
            return; // goes on with the next frame
        }

        _due = _setCount;
        _credit = Math.Clamp(_credit - _due, -1, 1);
    }
}
