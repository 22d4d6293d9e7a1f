using Mcu.Media;

namespace Mcu.Conference.Audio;

// Keeps the delay where the jitter buffer wants it, by playing a little faster or slower; and counts what that and losses cost.
internal sealed partial class AudioSource
{
    /// <summary>How well sound must fit to itself where a pitch period is left out or put in (<see cref="Mixing.Audio.TimeStretcher"/>).</summary>
    private const float Alike = 0.9f;

    /// <summary>Where the delay is far from what it should be.</summary>
    private const float Similar = 0.6f;

    /// <summary>Sound is changed in every second tick only, unless the delay is further off than that.</summary>
    private static readonly TimeSpan FarOff = TimeSpan.FromMilliseconds(60);

    /// <summary>How long a wrong delay is borne while packets are handed on, waiting for a quiet moment to correct it.</summary>
    private static readonly TimeSpan CorrectionPatience = TimeSpan.FromSeconds(2);

    /// <summary>Timestamps that went another way by more, in samples, are those of a sender that started anew.</summary>
    private const long MaxGap = 10 * AudioStage.SampleRate;

    private PlayoutStatistics _playout;
    private long _gap; // samples that were filled since nothing came
    private long _lostBeforeGap;
    private bool _hasChanged; // the last tick was made shorter or longer
    private MediaTime _wrongSince = MediaTime.Never;

    /// <summary>How long sound is behind the fastest way through the network: in the jitter buffer and decoded.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>How much longer sound is held than jitter asks for; negative where shorter.</summary>
    public TimeSpan DelayBeyondJitter => _jitter is null ? TimeSpan.Zero : Delay - (_jitter.TargetDelay - _jitter.ExtraDelay);

    /// <summary>How long the jitter buffer wants to hold packets.</summary>
    public TimeSpan TargetDelay => _jitter?.TargetDelay ?? TimeSpan.Zero;

    public PlayoutStatistics Playout => _playout;

    /// <summary>Once in a tick whose sound waits in the queue.</summary>
    private void CorrectDelay(MediaTime tick)
    {
        var waiting = DurationOf(_queue.Count);
        var excess = _jitter!.ExcessDelay(tick, waiting);
        var missing = _jitter.MissingDelay(tick, waiting);
        var isFarOff = excess > FarOff || missing > FarOff;
        var likeness = isFarOff ? Similar : Alike;
        if (_hasChanged && !isFarOff)
        {
            _hasChanged = false;
        }
        else if (excess > TimeSpan.Zero)
        {
            _hasChanged = Accelerate(tick, excess, likeness);
        }
        else if (missing > TimeSpan.Zero)
        {
            _hasChanged = Expand(missing, likeness);
        }
    }

    private bool Accelerate(MediaTime tick, TimeSpan excess, float leastLikeness)
    {
        // With more to choose from a better place is found; and a tick must be left.
        if (excess >= AudioStage.Tick && _queue.Count < 2 * AudioStage.SamplesPerTick && _jitter!.IsNextHere)
        {
            PullPacket(tick);
        }

        var most = Math.Min(SamplesOf(excess), _queue.Count - AudioStage.SamplesPerTick);
        var removed = _queue.Shorten(most, leastLikeness);
        if (removed > 0)
        {
            _playout = _playout with { Accelerations = _playout.Accelerations + 1, Removed = _playout.Removed + removed };
        }

        return removed > 0;
    }

    private bool Expand(TimeSpan missing, float leastLikeness)
    {
        // Only whole ticks let packets come later.
        var ticks = ((SamplesOf(missing) - 1) / AudioStage.SamplesPerTick) + 1;
        var wanted = (ticks * AudioStage.SamplesPerTick) - (_queue.Count % AudioStage.SamplesPerTick);
        var added = _queue.Lengthen(wanted, leastLikeness);
        if (added > 0)
        {
            _playout = _playout with { Expansions = _playout.Expansions + 1, Added = _playout.Added + added };
        }

        return added > 0;
    }

    /// <summary>
    /// Whether packets may be handed on as far as their delay goes. Where it is too long, one is left out at a quiet moment. Where none comes,
    /// or it is too short, sound must be decoded to be played faster or slower.
    /// </summary>
    private bool IsInTimeUndecoded(MediaTime tick)
    {
        var excess = _jitter!.ExcessDelay(tick, TimeSpan.Zero);
        var missing = _jitter.MissingDelay(tick, TimeSpan.Zero);
        if (excess == TimeSpan.Zero && missing == TimeSpan.Zero)
        {
            _wrongSince = MediaTime.Never;
            return true;
        }

        if (_wrongSince == MediaTime.Never)
        {
            _wrongSince = tick;
        }

        if (Level > QuietLevel)
        {
            return excess >= _jitter.FrameDuration && _jitter.DropOne();
        }

        return excess <= FarOff && missing <= FarOff && tick - _wrongSince <= CorrectionPatience;
    }

    private void NotePlayed(MediaTime tick)
    {
        _playout = _playout with { Played = _playout.Played + AudioStage.SamplesPerTick };
        Delay = _jitter!.DelayAt(tick + AudioStage.Tick) + DurationOf(_queue.Count);
    }

    private void NoteConcealed(int samples) => _playout = _playout with { Concealed = _playout.Concealed + samples };

    private void NoteGap(int samples)
    {
        if (_gap == 0)
        {
            _lostBeforeGap = _jitter!.Statistics.Lost;
        }

        _gap += _playout.Played > 0 ? samples : 0;
    }

    /// <summary>
    /// Sound goes on. As far as timestamps went on as well and no packet was lost the talker had paused; for the rest packets were late or lost.
    /// </summary>
    private void EndGap(uint timestamp)
    {
        if (_gap == 0)
        {
            return;
        }

        var lost =
            (_jitter!.Statistics.Lost - _lostBeforeGap) * _jitter.FrameDuration.Ticks * AudioStage.SampleRate / TimeSpan.TicksPerSecond;
        var passed = (long)(int)(timestamp - _nextTimestamp) * AudioStage.SampleRate / _clockRateHz;
        var isSameStream = Math.Abs(passed - _gap) < MaxGap;
        var concealed = isSameStream ? Math.Clamp(_gap - passed + lost, 0, _gap) : 0;
        _playout = _playout with { Played = _playout.Played + concealed, Concealed = _playout.Concealed + concealed };
        _gap = 0;
    }
}
