namespace Mcu.Conference.Audio;

/// <summary>
/// Chooses which microphones are decoded and mixed: all that send, as long as there are no more than the limit; otherwise the loudest
/// by the level that senders state (RFC 6464), with hysteresis so that near equals do not take turns.
/// </summary>
internal sealed class LoudestSelection(int limit)
{
    /// <summary>A newcomer must be so much louder than the quietest who is in.</summary>
    private const int HysteresisDb = 3;

    private readonly PriorityQueue<AudioSource, int> _loudest = new(limit + 1);

    /// <summary>Sets <see cref="AudioSource.Selected"/> of each participant's microphone.</summary>
    public void Choose(List<Participant> participants)
    {
        var candidates = 0;
        foreach (var participant in participants)
        {
            if (participant.Microphone is { } source)
            {
                candidates += source.HasPackets ? 1 : 0;
            }
        }

        if (candidates <= limit)
        {
            foreach (var participant in participants)
            {
                if (participant.Microphone is { } source)
                {
                    source.Selected = true;
                }
            }

            return;
        }

        ChooseLoudest(participants);
    }

    private void ChooseLoudest(List<Participant> participants)
    {
        _loudest.Clear();
        foreach (var participant in participants)
        {
            if (participant.Microphone is not { } source)
            {
                continue;
            }

            var loudness = -source.StatedLevel + (source.Selected ? HysteresisDb : 0);
            source.Selected = false;
            if (!source.HasPackets || participant.AudioMutedBy != MutedBy.Nobody)
            {
                continue;
            }

            _loudest.Enqueue(source, loudness);
            if (_loudest.Count > limit)
            {
                _loudest.Dequeue();
            }
        }

        while (_loudest.TryDequeue(out var source, out _))
        {
            source.Selected = true;
        }
    }
}
