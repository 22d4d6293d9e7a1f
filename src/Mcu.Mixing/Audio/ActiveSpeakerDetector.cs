using System.Runtime.InteropServices;
using Mcu.Media;

namespace Mcu.Mixing.Audio;

/// <summary>
/// Decides who is the active speaker, from sound levels alone (RFC 6464). In the spirit of Volfin and Cohen ("Dominant speaker identification
/// for multipoint videoconferencing"): speech is judged over a short, a medium and a long window, so that a cough or a "yes" does not
/// switch the picture, and somebody who goes on speaking takes over in 0.5 to 1 s.
/// </summary>
/// <remarks>Deterministic: time comes with each call. Allocates only when participants join. Not thread-safe: one owner.</remarks>
public sealed class ActiveSpeakerDetector
{
    private const int ShortSlots = 20;
    private const int MediumSlots = 35;
    private const int LongSlots = 64;

    /// <summary>Speech within the medium window (0.7 s) that makes a challenger: 0.48 s, longer than a cough.</summary>
    private const int ChallengeSlots = 24;

    /// <summary>Speech within the medium window that makes a first speaker, when nobody holds the floor.</summary>
    private const int OpeningSlots = 10;

    /// <summary>Speech within the short window (0.4 s) up to which the holder counts as having paused.</summary>
    private const int PauseSlots = 6;

    /// <summary>Speech within the long window (1.28 s) with which a louder challenger breaks in on a holder who talks on.</summary>
    private const int BreakInSlots = 50;

    private const double BreakInDb = 6;

    private static readonly TimeSpan Slot = TimeSpan.FromMilliseconds(20);

    private readonly Dictionary<long, SpeechHistory> _byId = [];
    private readonly List<SpeechHistory> _participants = [];
    private readonly List<long> _recent = [];
    private readonly TimeSpan _minimumHold;
    private MediaTime _slotEnd = MediaTime.Never;
    private MediaTime _heldSince = MediaTime.Zero;

    /// <param name="minimumHold">How long a speaker keeps the floor at least, while he stays in the room; 1 s if not given.</param>
    public ActiveSpeakerDetector(TimeSpan? minimumHold = null) => _minimumHold = minimumHold ?? TimeSpan.FromSeconds(1);

    /// <summary>Who has the floor; stays through silence, null before anybody spoke.</summary>
    public long? ActiveSpeaker { get; private set; }

    /// <summary>Those who have had the floor, latest first, the active speaker in front. Valid until the next call.</summary>
    public ReadOnlySpan<long> RecentSpeakers => CollectionsMarshal.AsSpan(_recent);

    /// <summary>Whether this participant is speaking right now (within the last 0.1 s), whoever has the floor.</summary>
    public bool IsSpeaking(long id) => _byId.TryGetValue(id, out var history) && history.SpeechIn(5) >= 3;

    /// <summary>Tells one participant's level of this tick: 0 (loudest) to 127 (silence), as RFC 6464. An id not seen before joins.</summary>
    public void SetLevel(long id, int level)
    {
        if (!_byId.TryGetValue(id, out var history))
        {
            history = new SpeechHistory(id);
            _byId.Add(id, history);
            _participants.Add(history);
        }

        history.Hear(Math.Clamp(level, 0, AudioLevel.Silence));
    }

    /// <summary>Forgets a participant who left. If he had the floor, nobody has it until the next decision.</summary>
    public void Remove(long id)
    {
        if (_byId.Remove(id, out var history))
        {
            _participants.Remove(history);
            _recent.Remove(id);
            ActiveSpeaker = ActiveSpeaker == id ? null : ActiveSpeaker;
        }
    }

    /// <summary>Ends a tick; call once after the levels of each tick. Returns true if the active speaker changed.</summary>
    public bool Update(MediaTime now)
    {
        if (_slotEnd == MediaTime.Never || now - _slotEnd > Slot * LongSlots)
        {
            _slotEnd = now;
        }

        var changed = false;
        for (; _slotEnd <= now; _slotEnd += Slot)
        {
            foreach (var participant in _participants)
            {
                participant.CloseSlot();
            }

            changed |= Decide(now);
        }

        return changed;
    }

    private bool Decide(MediaTime now)
    {
        SpeechHistory? holder = null;
        if (ActiveSpeaker is { } id)
        {
            holder = _byId[id];
        }

        if (holder is not null && now - _heldSince < _minimumHold)
        {
            return false;
        }

        SpeechHistory? best = null;
        foreach (var candidate in _participants)
        {
            if (candidate != holder && MayTakeOver(candidate, holder) && (best is null || Outranks(candidate, best)))
            {
                best = candidate;
            }
        }

        if (best is null)
        {
            return false;
        }

        ActiveSpeaker = best.Id;
        _heldSince = now;
        _recent.Remove(best.Id);
        _recent.Insert(0, best.Id);
        return true;
    }

    private static bool MayTakeOver(SpeechHistory candidate, SpeechHistory? holder)
    {
        if (holder is null)
        {
            return candidate.SpeechIn(MediumSlots) >= OpeningSlots;
        }

        if (candidate.SpeechIn(MediumSlots) < ChallengeSlots)
        {
            return false;
        }

        return holder.SpeechIn(ShortSlots) <= PauseSlots
            || (candidate.SpeechIn(LongSlots) >= BreakInSlots && candidate.Loudness >= holder.Loudness + BreakInDb);
    }

    private static bool Outranks(SpeechHistory a, SpeechHistory b)
    {
        var (speechA, speechB) = (a.SpeechIn(MediumSlots), b.SpeechIn(MediumSlots));
        return speechA != speechB ? speechA > speechB : a.Loudness > b.Loudness;
    }
}
