using System.Numerics;

namespace Mcu.Mixing.Audio;

/// <summary>
/// What one participant's sound level says about his speaking: one bit per 20 ms for the last 1.28 s, over an adaptive noise floor.
/// </summary>
internal sealed class SpeechHistory(long id)
{
    /// <summary>Quieter than this is never speech, in dBov.</summary>
    private const double QuietestSpeech = -50;

    /// <summary>Speech stands out of the background by this much.</summary>
    private const double MarginDb = 9;

    /// <summary>The floor follows the background, but never so high that a loud, steady source stops counting.</summary>
    private const double HighestFloor = -48;

    /// <summary>Digital silence says nothing about the background that comes with the microphone.</summary>
    private const double LowestFloor = -66;

    private const double FloorRisePerSlot = 0.04;

    /// <summary>Slots for which speech is taken to go on across the gaps between syllables.</summary>
    private const int HangoverSlots = 3;

    private ulong _slots;
    private double _floor = LowestFloor;
    private int _hangover;
    private double _pending = -AudioLevel.Silence;

    public long Id { get; } = id;

    /// <summary>Loudness while speaking, averaged over about 0.4 s, in dBov.</summary>
    public double Loudness { get; private set; } = -AudioLevel.Silence;

    public void Hear(int level) => _pending = Math.Max(_pending, -level);

    /// <summary>Slots with speech among the last <paramref name="window"/> (1 to 64).</summary>
    public int SpeechIn(int window) => BitOperations.PopCount(_slots & (ulong.MaxValue >> (64 - window)));

    /// <summary>Closes a slot of 20 ms.</summary>
    public void CloseSlot()
    {
        var level = _pending;
        _pending = -AudioLevel.Silence;
        var speaks = level > Math.Max(QuietestSpeech, _floor + MarginDb);
        _floor = level < _floor ? level : Math.Min(_floor + FloorRisePerSlot, HighestFloor);
        _floor = Math.Max(_floor, LowestFloor);
        if (speaks)
        {
            _hangover = HangoverSlots;
            Loudness += (level - Loudness) * (level > Loudness ? 0.2 : 0.05);
        }
        else if (_hangover > 0)
        {
            _hangover--;
            speaks = true;
        }
        else
        {
            Loudness = Math.Max(Loudness - 1, -AudioLevel.Silence);
        }

        _slots = (_slots << 1) | (speaks ? 1UL : 0UL);
    }
}
