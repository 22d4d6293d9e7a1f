using System.Numerics;
using Mcu.Media;
using Mcu.Rtp.Payloads;

namespace Mcu.Rtp.Send;

/// <summary>
/// What was sent, by sequence number, so that it can be sent again: references to shared payloads, not copies.
/// Bounded by a number of packets and by age.
/// </summary>
internal sealed class SendHistory
{
    private const int SearchedForSize = 16;

    private readonly Entry[] _entries;
    private readonly TimeSpan _maxAge;
    private ushort _oldest;
    private ushort _next;

    public SendHistory(int packets, TimeSpan maxAge, ushort firstSequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(packets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packets, 32768);
        _entries = packets == 0 ? [] : new Entry[BitOperations.RoundUpToPowerOf2((uint)packets)];
        _maxAge = maxAge;
        _oldest = firstSequence;
        _next = firstSequence;
    }

    public struct Entry
    {
        public PacketizedFrame? Frame;
        public int Index;
        public SentAs Sent;
        public ushort Sequence;
        public MediaTime SentAt;
        public MediaTime ResentAt;
    }

    /// <summary>Remembers a packet and forgets what is too old. Numbers come in order.</summary>
    public void Add(ushort sequence, PacketizedFrame frame, int index, in SentAs sent, MediaTime now)
    {
        if (_entries.Length == 0)
        {
            return;
        }

        ref var entry = ref _entries[sequence & (_entries.Length - 1)];
        entry.Frame?.Release();
        entry = new Entry
        {
            Frame = frame.AddReference(),
            Index = index,
            Sent = sent,
            Sequence = sequence,
            SentAt = now,
            ResentAt = new MediaTime(long.MinValue),
        };
        _next = (ushort)(sequence + 1);
        Expire(now);
    }

    /// <summary>The packet with this number, unless it is not kept any more.</summary>
    public bool TryFind(ushort sequence, MediaTime now, out Entry entry)
    {
        Expire(now);
        entry = _entries.Length > 0 ? _entries[sequence & (_entries.Length - 1)] : default;
        return entry.Frame is not null && entry.Sequence == sequence;
    }

    /// <summary>One of the latest packets whose payload has at most that size, and at least half of it.</summary>
    public bool TryFindOfSize(int bytes, MediaTime now, out Entry entry)
    {
        for (var back = 1; back <= Math.Min(SearchedForSize, _entries.Length); back++)
        {
            if (
                TryFind((ushort)(_next - back), now, out entry)
                && entry.Frame![entry.Index].Length is var size
                && size <= bytes
                && size * 2 >= bytes
            )
            {
                return true;
            }
        }

        entry = default;
        return false;
    }

    /// <summary>Notes that a packet that was found went out again.</summary>
    public void MarkResent(ushort sequence, MediaTime now) => _entries[sequence & (_entries.Length - 1)].ResentAt = now;

    public void Clear()
    {
        foreach (ref var entry in _entries.AsSpan())
        {
            entry.Frame?.Release();
            entry = default;
        }

        _oldest = _next;
    }

    private void Expire(MediaTime now)
    {
        if (_entries.Length == 0)
        {
            return;
        }

        while (_oldest != _next)
        {
            ref var entry = ref _entries[_oldest & (_entries.Length - 1)];
            if (entry.Frame is not null && entry.Sequence == _oldest && now - entry.SentAt <= _maxAge)
            {
                return;
            }

            if (entry.Sequence == _oldest)
            {
                entry.Frame?.Release();
                entry.Frame = null;
            }

            _oldest++;
        }
    }
}

/// <summary>What one frame has of its subscriber's own in all its packets, and again when they are repeated.</summary>
internal readonly record struct SentAs(PayloadTypePair PayloadTypes, uint Timestamp, PictureNumbers Numbers);
