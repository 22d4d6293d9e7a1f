using Mcu.Media;

namespace Mcu.Rtp.Receive;

/// <summary>How long and how often missing packets are asked for.</summary>
public sealed record NackOptions
{
    public int MaxRetries { get; init; } = 10;

    /// <summary>A packet missing for longer is given up.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a packet may be late before it counts as missing.</summary>
    public TimeSpan ReorderingGrace { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>Shortest time between two requests for the same packet; the round trip where that is longer.</summary>
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>More packets missing than this are not asked for: a keyframe costs less.</summary>
    public int MaxMissing { get; init; } = 500;
}

/// <summary>Notices missing sequence numbers and says when to ask for which (RFC 4585 section 6.2.1). Bounded. One owner.</summary>
public sealed class NackGenerator
{
    private const int RestartDistance = 5000; // packets: further back than any retransmission

    private readonly NackOptions _options;
    private readonly Missing[] _missing; // in order of sequence
    private SequenceUnwrapper _unwrapper;
    private int _count;
    private long _highest = -1;

    public NackGenerator(NackOptions? options = null)
    {
        _options = options ?? new NackOptions();
        _missing = new Missing[_options.MaxMissing];
    }

    private struct Missing
    {
        public long Sequence;
        public MediaTime NoticedAt;
        public MediaTime AskAt;
        public int Asked;
    }

    /// <summary>Set once more is missing than can be asked for; the reader clears it after it asked for a keyframe.</summary>
    public bool KeyFrameNeeded { get; set; }

    /// <summary>Packets being waited for.</summary>
    public int MissingCount => _count;

    /// <summary>When <see cref="Poll"/> next has something to do.</summary>
    public MediaTime NextDeadline
    {
        get
        {
            var deadline = MediaTime.Never;
            for (var i = 0; i < _count; i++)
            {
                deadline = MediaTime.Min(deadline, _missing[i].AskAt);
            }

            return deadline;
        }
    }

    /// <summary>Takes the number of a packet that arrived, in whatever way and order.</summary>
    public void Received(ushort sequence, MediaTime now)
    {
        var unwrapped = _unwrapper.Peek(sequence);
        if (_highest < 0)
        {
            _highest = _unwrapper.Unwrap(sequence);
            return;
        }

        if (unwrapped < _highest - RestartDistance)
        {
            _count = 0; // the sender started anew
            _highest = _unwrapper.Unwrap(sequence);
            return;
        }

        if (unwrapped <= _highest)
        {
            Remove(unwrapped);
            return;
        }

        _unwrapper.Unwrap(sequence);
        AddMissing(_highest + 1, unwrapped, now);
        _highest = unwrapped;
    }

    /// <summary>Stops asking for everything before this number, e.g. because a keyframe made it useless.</summary>
    public void ForgetBefore(ushort sequence)
    {
        var first = _unwrapper.Peek(sequence);
        var keep = 0;
        while (keep < _count && _missing[keep].Sequence < first)
        {
            keep++;
        }

        RemoveFirst(keep);
    }

    /// <summary>Writes the numbers to ask for now, in order; returns how many. Those that found no room come with the next call.</summary>
    public int Poll(MediaTime now, TimeSpan roundTrip, Span<ushort> lost)
    {
        var interval = roundTrip > _options.MinInterval ? roundTrip : _options.MinInterval;
        var written = 0;
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            var entry = _missing[i];
            if (now - entry.NoticedAt > _options.MaxAge || (entry.Asked >= _options.MaxRetries && entry.AskAt <= now))
            {
                continue;
            }

            if (entry.AskAt <= now && written < lost.Length)
            {
                lost[written++] = (ushort)entry.Sequence;
                entry.Asked++;
                entry.AskAt = now + interval;
            }

            _missing[kept++] = entry;
        }

        _count = kept;
        return written;
    }

    private void AddMissing(long first, long end, MediaTime now)
    {
        if (_count + (end - first) > _missing.Length)
        {
            _count = 0;
            KeyFrameNeeded = true;
            return;
        }

        for (var sequence = first; sequence < end; sequence++)
        {
            _missing[_count++] = new Missing
            {
                Sequence = sequence,
                NoticedAt = now,
                AskAt = now + _options.ReorderingGrace,
            };
        }
    }

    private void Remove(long sequence)
    {
        var low = 0;
        var high = _count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var found = _missing[middle].Sequence;
            if (found == sequence)
            {
                _missing.AsSpan(middle + 1, _count - middle - 1).CopyTo(_missing.AsSpan(middle));
                _count--;
                return;
            }

            (low, high) = found < sequence ? (middle + 1, high) : (low, middle - 1);
        }
    }

    private void RemoveFirst(int count)
    {
        _missing.AsSpan(count, _count - count).CopyTo(_missing);
        _count -= count;
    }
}
