using Mcu.Media;
using Mcu.Media.Memory;

namespace Mcu.Rtp.Receive;

/// <summary>
/// Puts one talker's audio packets in order and holds them just long enough to play without gaps. Packets are inserted as they come;
/// a mixer pulls a frame whenever it needs more samples. Delay grows by waiting where audio runs out and shrinks where the puller
/// discards quiet frames while <see cref="ExcessDelay"/> says so. One owner; nothing is allocated after construction.
/// </summary>
public sealed partial class AudioJitterBuffer : IDisposable
{
    private const int Capacity = 256; // packets; a power of two
    private const int RestartDistance = 1000; // packets
    private static readonly long s_restartTransit = TimeSpan.FromSeconds(2).Ticks;

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
    private long _nextSequence;
    private long _nextTimestamp;
    private int _lastDuration;
    private ulong _arrivedBefore; // bit n: packet _nextSequence - 1 - n had arrived
    private bool _hasStarted; // a packet came since the last reset
    private bool _hasPlayed; // a frame was given since the last reset
    private bool _isPlaying; // frames follow each other without a pause
    private MediaTime _lossExpectedUntil = new(long.MinValue);
    private bool _expectsLoss;
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

    /// <summary>
    /// How long packets are to be held: by the jitter measured; and where packets are lost one packet more, for the next one holds what repairs
    /// the lost one (RFC 6716 section 2.1.7), or as many more as repair has lately come behind (RFC 2198).
    /// </summary>
    public TimeSpan TargetDelay =>
        _estimator.Target + ExtraDelay + (_expectsLoss ? new TimeSpan(ToTicks((long)_lastDuration * _repairDistance)) : TimeSpan.Zero);

    /// <summary>Held on top of what jitter asks for: time that the picture of the same participant needs. Zero or more.</summary>
    public TimeSpan ExtraDelay { get; set; }

    /// <summary>How long the frame pulled last was behind the fastest way it could have come.</summary>
    public TimeSpan CurrentDelay { get; private set; }

    /// <summary>
    /// How much longer than the target audio is held. Where it reaches a frame's duration, discard a quiet frame: pull it, decode it
    /// (so that the decoder keeps its state) and pull again; or <see cref="DropOne"/> without decoding.
    /// </summary>
    public TimeSpan ExcessDelay
    {
        get
        {
            var excess = CurrentDelay - TargetDelay - (_options.Tick / 2);
            return _isPlaying && excess > TimeSpan.Zero ? excess : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// How much more <see cref="ExtraDelay"/> is asked for than audio that plays without gaps is held. Where it is not zero, play
    /// concealment at a quiet moment and <see cref="Postpone"/>; jitter lengthens the delay by itself, where audio runs out.
    /// </summary>
    public TimeSpan MissingDelay
    {
        get
        {
            var missing = TargetDelay - CurrentDelay - (_options.Tick / 2);
            missing = missing < ExtraDelay ? missing : ExtraDelay;
            return _isPlaying && missing > TimeSpan.Zero ? missing : TimeSpan.Zero;
        }
    }

    /// <summary>Something else was played for so long instead of pulling: all that follows is later.</summary>
    public void Postpone(TimeSpan duration) => CurrentDelay += duration;

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

        _estimator.OnPacket(arrival.Ticks - ToTicks(time), arrival);
        if (unwrapped < _nextSequence)
        {
            if (_hasPlayed)
            {
                _statistics = _statistics with { Late = _statistics.Late + 1 };
                return false;
            }

            _nextSequence = unwrapped; // reordered at the very start
            _nextTimestamp = time;
        }

        if (unwrapped > _highestSequence)
        {
            _highestSequence = unwrapped;
            _highestTimestamp = time;
        }

        while (_highestSequence - _nextSequence >= Capacity)
        {
            DiscardNext();
        }

        Store(unwrapped, time, payload, durationUnits > 0 ? durationUnits : _lastDuration, arrival);
        while (_count > 1 && ToTicks(_bufferedUnits) > _options.MaxBuffered.Ticks)
        {
            DiscardNext();
        }

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
        var distance = (short)(sequence - (ushort)_highestSequence);
        unwrapped = _highestSequence + distance;
        time = _highestTimestamp + (int)(timestamp - (uint)_highestTimestamp);
        if (_hasStarted)
        {
            var delay = arrival.Ticks - ToTicks(time) - _estimator.FastestTransit;
            if (Math.Abs((int)distance) <= RestartDistance && Math.Abs(delay) <= s_restartTransit)
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
        _nextSequence = unwrapped;
        _nextTimestamp = time;
    }

    private bool IsDuplicate(long sequence)
    {
        if (sequence >= _nextSequence)
        {
            ref var entry = ref EntryOf(sequence);
            return entry.Payload is not null && entry.Sequence == sequence;
        }

        var back = _nextSequence - 1 - sequence;
        return back < 64 && (_arrivedBefore & (1ul << (int)back)) != 0;
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
