using Mcu.Media;

namespace Mcu.Rtp.Receive;

// How long audio is held, and how long it should be.
public sealed partial class AudioJitterBuffer
{
    /// <summary>Where audio ran out twice within this time, it is shortened less eagerly.</summary>
    private static readonly TimeSpan s_underrunMemory = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_careful = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_mostTolerance = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How long packets are to be held: by the jitter measured; and where packets are lost as much longer as what repairs them comes later: with
    /// the next packet (RFC 6716 section 2.1.7), or with the one that repeats them (RFC 2198).
    /// </summary>
    public TimeSpan TargetDelay => _estimator.Target + BeyondJitter;

    /// <summary>Held on top of what jitter asks for: time that the picture of the same participant needs. Zero or more.</summary>
    public TimeSpan ExtraDelay { get; set; }

    /// <summary>How long the frame pulled last was behind the fastest way it could have come.</summary>
    public TimeSpan CurrentDelay { get; private set; }

    /// <summary>What the frame pulled last lasts.</summary>
    public TimeSpan FrameDuration => new(ToTicks(_lastDuration));

    /// <summary>Whether the next pull of audio that plays gives a frame.</summary>
    public bool IsNextHere => _isPlaying && EntryOf(_nextSequence) is { Payload: not null } next && Follows(next.Timestamp);

    private TimeSpan BeyondJitter => ExtraDelay + (_expectsLoss ? new TimeSpan(ToTicks(RepairUnits)) : TimeSpan.Zero);

    /// <summary>Audio held for less is lengthened: a little less than what is needed is borne.</summary>
    private TimeSpan LeastDelay
    {
        get
        {
            var needed = _estimator.Needed + BeyondJitter;
            var borne = (needed - _options.MinDelay).Ticks / 4;
            return needed - TimeSpan.FromTicks(Math.Clamp(borne, 0, s_mostTolerance.Ticks));
        }
    }

    /// <summary>Of short packets the last that fills a tick is the one that counts.</summary>
    private TimeSpan LaterInTick => _options.Tick > FrameDuration ? _options.Tick - FrameDuration : TimeSpan.Zero;

    private long RepairUnits => _options.NextRepairs ? Math.Max(_lastDuration, _repairUnits) : _repairUnits;

    /// <summary>The delay of what is pulled next, if it were played at <paramref name="time"/>, behind the fastest way it could have come.</summary>
    public TimeSpan DelayAt(MediaTime time) => HeldAt(time, _nextTimestamp);

    /// <summary>
    /// How much audio may be left out at most, so that what comes next is still held as long as the target says: whole ticks, and what has been
    /// pulled but does not fill one.
    /// </summary>
    /// <param name="tick">When the next tick is played.</param>
    /// <param name="unplayed">Audio that was pulled and waits to be played.</param>
    public TimeSpan ExcessDelay(MediaTime tick, TimeSpan unplayed)
    {
        var held = HeldInTick(tick, unplayed, out var leftOver);
        if (!_isPlaying || held < LeastDelay)
        {
            return TimeSpan.Zero;
        }

        var margin = held - TargetDelay - (tick - _underrunBefore < s_underrunMemory ? s_careful : TimeSpan.Zero);
        return margin < _options.Tick ? leftOver : leftOver + (_options.Tick * (margin.Ticks / _options.Tick.Ticks));
    }

    /// <summary>How much longer what comes next should be held; zero where that is not worth lengthening audio.</summary>
    /// <param name="tick">As for <see cref="ExcessDelay"/>.</param>
    /// <param name="unplayed">As for <see cref="ExcessDelay"/>.</param>
    public TimeSpan MissingDelay(MediaTime tick, TimeSpan unplayed)
    {
        var held = HeldInTick(tick, unplayed, out _);
        return _isPlaying && held < LeastDelay ? TargetDelay - held : TimeSpan.Zero;
    }

    /// <summary>How long the packet that is pulled next will have been held in the tick that needs it.</summary>
    private TimeSpan HeldInTick(MediaTime tick, TimeSpan unplayed, out TimeSpan leftOver)
    {
        leftOver = new TimeSpan(unplayed.Ticks % _options.Tick.Ticks);
        return DelayAt(tick) + unplayed - leftOver - LaterInTick;
    }
}
