using Mcu.Media;
using Mcu.Media.Memory;

namespace Mcu.Rtp.Receive;

/// <summary>
/// Puts one talker's audio packets in order and holds them just long enough to play without gaps. Packets are inserted as they come;
/// a mixer pulls a frame whenever it needs more samples, and plays faster or slower while <see cref="ExcessDelay"/> or
/// <see cref="MissingDelay"/> says so. One owner; nothing is allocated after construction.
/// </summary>
public sealed partial class AudioJitterBuffer : IDisposable
{
    private const int Capacity = 256; // packets; a power of two
    private const int RestartDistance = 1000; // packets
    private const int ArrivalsKept = 64; // packets
    private static readonly long s_restartTransit = TimeSpan.FromSeconds(2).Ticks;
    private static readonly MediaTime s_longAgo = new(long.MinValue / 2);

    /// <summary>How long a lost packet makes us expect the next loss.</summary>
    private static readonly TimeSpan s_lossMemory = TimeSpan.FromSeconds(10);

    private readonly int _clockRateHz;
    private readonly BufferPool _pool;
    private readonly AudioJitterOptions _options;
    private readonly DelayEstimator _estimator;
    private readonly Entry[] _entries = new Entry[Capacity];

    private PooledBuffer? _lent;
    private int _count;
    private long _bufferedUnits;
    private long _highestSequence;
    private long _highestTimestamp;
    private long _firstSequence;
    private long _nextSequence;
    private long _nextTimestamp;
    private int _lastDuration; // of the frame pulled last, in units
    private ulong _arrivedBefore; // bit n: packet _nextSequence - 1 - n had arrived
    private bool _hasStarted; // a packet came since the last reset
    private bool _hasPlayed; // a frame was given since the last reset
    private bool _isPlaying; // frames follow each other without a pause
    private bool _hasRunOut; // they did until there was no next one
    private MediaTime _lastUnderrun = s_longAgo;
    private MediaTime _underrunBefore = s_longAgo;
    private MediaTime _lossExpectedUntil = s_longAgo;
    private bool _expectsLoss;
    private long _repairUnits; // how much later than a lost packet its repetition came
    private JitterStatistics _statistics;

    /// <param name="clockRateHz">RTP clock: 48000 for Opus, 8000 for G.711 and G.722.</param>
    /// <param name="pool">Where copies of payloads are kept.</param>
    /// <param name="options">Bounds.</param>
    public AudioJitterBuffer(int clockRateHz, BufferPool pool, AudioJitterOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(clockRateHz);
        _clockRateHz = clockRateHz;
        _pool = pool;
        _options = options ?? new AudioJitterOptions();
        _estimator = new DelayEstimator(_options.MinDelay, _options.MaxDelay);
        _lastDuration = clockRateHz / 50;
    }

    private struct Entry
    {
        public PooledBuffer? Payload;
        public long Sequence;
        public long Timestamp;
        public int Duration;
        public MediaTime Arrival;
    }

    public JitterStatistics Statistics => _statistics;

    /// <summary>Audio waiting to be pulled.</summary>
    public TimeSpan Buffered => new(ToTicks(_bufferedUnits));

    /// <summary>Copies a packet in; false if it is late or a duplicate.</summary>
    /// <param name="sequence">RTP sequence number.</param>
    /// <param name="timestamp">RTP timestamp.</param>
    /// <param name="payload">One encoded frame.</param>
    /// <param name="durationUnits">What the payload decodes to, in RTP clock units; 0 or less if unknown (taken to be like the last).</param>
    /// <param name="arrival">Time of arrival.</param>
    public bool Insert(ushort sequence, uint timestamp, ReadOnlySpan<byte> payload, int durationUnits, MediaTime arrival)
    {
        ReleaseLent();
        _statistics = _statistics with { Received = _statistics.Received + 1 };
        Locate(sequence, timestamp, arrival, out var unwrapped, out var time);
        if (IsDuplicate(unwrapped))
        {
            _statistics = _statistics with { Duplicates = _statistics.Duplicates + 1 };
            return false;
        }

        var duration = durationUnits > 0 ? durationUnits : _lastDuration;
        _estimator.OnPacket(arrival.Ticks - ToTicks(time), arrival, new TimeSpan(ToTicks(duration)), unwrapped < _highestSequence);
        if (unwrapped < _nextSequence)
        {
            if (_hasPlayed)
            {
                _statistics = _statistics with { Late = _statistics.Late + 1 };
                return false;
            }

            _firstSequence = unwrapped; // reordered at the very start
            _nextSequence = unwrapped;
            _nextTimestamp = time;
        }

        Admit(unwrapped, time, payload, durationUnits, arrival);
        return true;
    }

    /// <summary>
    /// Copies in a frame that another packet carried once more (RFC 2198), before or after that packet itself; false if it is not needed: it is
    /// here, was played, or was before our time. Tells nothing about the network's jitter, and is no duplicate.
    /// </summary>
    /// <param name="sequence">RTP sequence number of the packet that it repeats.</param>
    /// <param name="timestamp">RTP timestamp of that packet.</param>
    /// <param name="payload">One encoded frame.</param>
    /// <param name="durationUnits">As in <see cref="Insert"/>.</param>
    /// <param name="arrival">Arrival of the packet that carried it, which is best inserted first: its distance is how long repair takes.</param>
    public bool InsertRedundant(ushort sequence, uint timestamp, ReadOnlySpan<byte> payload, int durationUnits, MediaTime arrival)
    {
        ReleaseLent();
        if (!_hasStarted || !TryExtend(sequence, timestamp, arrival, out var unwrapped, out var time))
        {
            return false;
        }

        if (unwrapped < Math.Max(_firstSequence, _nextSequence - ArrivalsKept) || IsDuplicate(unwrapped))
        {
            return false;
        }

        // Needed or needed too late: the next of its kind is worth waiting for.
        _repairUnits = Math.Clamp(_highestTimestamp - time, _repairUnits, _clockRateHz / 5);
        ExpectLoss(arrival);
        if (unwrapped < _nextSequence)
        {
            return false;
        }

        _statistics = _statistics with { Redundant = _statistics.Redundant + 1 };
        Admit(unwrapped, time, payload, durationUnits, arrival);
        return true;
    }

    /// <summary>Throws the next frame away, undecoded; false if it is not there.</summary>
    public bool DropOne()
    {
        ReleaseLent();
        if (_count == 0 || EntryOf(_nextSequence).Payload is null)
        {
            return false;
        }

        DiscardNext();
        return true;
    }

    /// <summary>Forgets everything but the statistics and the jitter measured: another source begins.</summary>
    public void Reset()
    {
        ReleaseLent();
        foreach (ref var entry in _entries.AsSpan())
        {
            entry.Payload?.Release();
            entry.Payload = null;
        }

        _count = 0;
        _bufferedUnits = 0;
        _arrivedBefore = 0;
        _hasStarted = false;
        _hasPlayed = false;
        _isPlaying = false;
        _hasRunOut = false;
        CurrentDelay = TimeSpan.Zero;
        _estimator.Rebase();
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose() => Reset();

    private ref Entry EntryOf(long sequence) => ref _entries[sequence & (Capacity - 1)];

    private long ToTicks(long units) => (long)((Int128)units * TimeSpan.TicksPerSecond / _clockRateHz);

    /// <summary>Extends sequence number and timestamp; a jump of either means that the sender started anew.</summary>
    private void Locate(ushort sequence, uint timestamp, MediaTime arrival, out long unwrapped, out long time)
    {
        if (_hasStarted)
        {
            if (TryExtend(sequence, timestamp, arrival, out unwrapped, out time))
            {
                return;
            }

            Reset();
        }

        _hasStarted = true;
        unwrapped = sequence + 0x1_0000L;
        time = timestamp + 0x1_0000_0000L;
        _highestSequence = unwrapped;
        _highestTimestamp = time;
        _firstSequence = unwrapped;
        _nextSequence = unwrapped;
        _nextTimestamp = time;
    }

    /// <summary>Extends sequence number and timestamp; false where either jumped.</summary>
    private bool TryExtend(ushort sequence, uint timestamp, MediaTime arrival, out long unwrapped, out long time)
    {
        var distance = (short)(sequence - (ushort)_highestSequence);
        unwrapped = _highestSequence + distance;
        time = _highestTimestamp + (int)(timestamp - (uint)_highestTimestamp);
        return Math.Abs((int)distance) <= RestartDistance && Math.Abs(HeldAt(arrival, time).Ticks) <= s_restartTransit;
    }

    /// <summary>Takes a packet in that is not here yet and not too late, and keeps within bounds.</summary>
    private void Admit(long sequence, long timestamp, ReadOnlySpan<byte> payload, int durationUnits, MediaTime arrival)
    {
        if (sequence > _highestSequence)
        {
            _highestSequence = sequence;
            _highestTimestamp = timestamp;
        }

        while (_highestSequence - _nextSequence >= Capacity)
        {
            DiscardNext();
        }

        Store(sequence, timestamp, payload, durationUnits > 0 ? durationUnits : _lastDuration, arrival);
        while (_count > 1 && ToTicks(_bufferedUnits) > _options.MaxBuffered.Ticks)
        {
            DiscardNext();
        }
    }

    private bool IsDuplicate(long sequence)
    {
        if (sequence >= _nextSequence)
        {
            ref var entry = ref EntryOf(sequence);
            return entry.Payload is not null && entry.Sequence == sequence;
        }

        var back = _nextSequence - 1 - sequence;
        return back < ArrivalsKept && (_arrivedBefore & (1ul << (int)back)) != 0;
    }

    private void Store(long sequence, long timestamp, ReadOnlySpan<byte> payload, int duration, MediaTime arrival)
    {
        var copy = _pool.Rent(payload.Length);
        payload.CopyTo(copy.Array);
        copy.Length = payload.Length;
        EntryOf(sequence) = new Entry
        {
            Payload = copy,
            Sequence = sequence,
            Timestamp = timestamp,
            Duration = duration,
            Arrival = arrival,
        };
        _count++;
        _bufferedUnits += duration;
    }

    /// <summary>Takes the next entry out, present or not, and moves on. Its payload, if any, is the caller's.</summary>
    private PooledBuffer? Advance(int missingDuration)
    {
        ref var entry = ref EntryOf(_nextSequence);
        var payload = entry.Payload;
        if (payload is null)
        {
            _nextTimestamp += missingDuration;
        }
        else
        {
            _nextTimestamp = entry.Timestamp + entry.Duration;
            _lastDuration = entry.Duration;
            _bufferedUnits -= entry.Duration;
            _count--;
            entry.Payload = null;
        }

        _arrivedBefore = (_arrivedBefore << 1) | (payload is null ? 0ul : 1ul);
        _nextSequence++;
        return payload;
    }

    private void DiscardNext()
    {
        var payload = Advance(_lastDuration);
        payload?.Release();
        _statistics = payload is null
            ? _statistics with
            {
                Lost = _statistics.Lost + 1,
            }
            : _statistics with
            {
                Dropped = _statistics.Dropped + 1,
            };
    }

    private void ReleaseLent()
    {
        _lent?.Release();
        _lent = null;
    }
}
