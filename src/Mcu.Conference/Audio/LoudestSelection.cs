namespace Mcu.Conference.Audio;

/// <summary>
/// Chooses which microphones are decoded and mixed: all that are audible, as long as there are no more than the limit; otherwise the
/// loudest, with hysteresis so that near equals do not take turns.
/// </summary>
internal sealed class LoudestSelection(int limit)
{
    /// <summary>A newcomer must be so much louder than the quietest who is in.</summary>
    private const double HysteresisDb = 6;

    private readonly PriorityQueue<AudioSource, double> _loudest = new(limit + 1);

    /// <summary>The one microphone that is audible, if there is exactly one.</summary>
    public AudioSource? Alone { get; private set; }

    /// <summary>Once per tick: sets <see cref="AudioSource.Selected"/> of each participant's microphone.</summary>
    public void Choose(List<Participant> participants)
    {
        _loudest.Clear();
        foreach (var participant in participants)
        {
            if (participant.Microphone is not { } source)
            {
                continue;
            }

            source.Loudness.OnTick(source.HasPackets);
            var loudness = -source.Loudness.Level + (source.Selected ? HysteresisDb : 0);
            source.Selected = false;
            if (participant.AudioMutedBy == MutedBy.Nobody && source.Loudness.IsAudible)
            {
                Keep(source, loudness);
            }
        }

        Alone = _loudest.Count == 1 ? _loudest.Peek() : null;
        while (_loudest.TryDequeue(out var source, out _))
        {
            source.Selected = true;
        }
    }

    private void Keep(AudioSource source, double loudness)
    {
        if (_loudest.Count < limit)
        {
            _loudest.Enqueue(source, loudness);
        }
        else
        {
            _ = _loudest.EnqueueDequeue(source, loudness);
        }
    }
}
