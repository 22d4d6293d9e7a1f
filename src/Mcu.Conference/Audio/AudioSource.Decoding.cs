using Mcu.Media;
using Mcu.Mixing.Audio;
using Mcu.Rtp.Receive;
using AudioLevel = Mcu.Mixing.Audio.AudioLevel;

namespace Mcu.Conference.Audio;

// From packets to the queue; and what is heard where there are none.
internal sealed partial class AudioSource
{
    /// <summary>
    /// Where packets fail to come, so many ticks are concealed, the later ones ever more quietly; after that the source is out of the mix.
    /// </summary>
    private const int ConcealedTicks = 3;

    private float _gain; // at the end of the last tick
    private int _ticksInGap;
    private bool _isBridged; // what was heard last is made up, and not by the decoder

    /// <summary>The last tick was made up because packets failed to come.</summary>
    public bool IsInGap => _ticksInGap > 0;

    private bool IsSounding => _gain > 0;

    /// <summary>Decodes, recovers or conceals one packet into the queue; false when there is nothing to play.</summary>
    private bool PullPacket(MediaTime tick)
    {
        var kind = _jitter!.Pull(tick, out var frame);
        if (kind == JitterPull.Waiting)
        {
            return false;
        }

        Decode(kind, in frame);
        return true;
    }

    private void Decode(JitterPull kind, scoped in JitterFrame frame)
    {
        CatchUp();
        EndGap(frame.Timestamp);
        if (_isBridged)
        {
            _queue.Continue(TimeStretcher.Bridge);
        }

        var expected = (int)Math.Min((long)frame.DurationUnits * _decoder!.SampleRate / _clockRateHz, _decoded.Length);
        var count = expected;
        var before = _queue.Count;
        var isConcealed = false;
        switch (kind)
        {
            case JitterPull.Frame:
                count = _decoder.Decode(frame.Payload, _decoded);
                if (count == 0)
                {
                    count = Conceal(expected);
                    isConcealed = true;
                }

                break;
            case JitterPull.RecoverFromNext when _decoder.TryRecoverPrevious(frame.Payload, _decoded.AsSpan(0, expected)):
                break;
            default:
                count = Conceal(expected);
                isConcealed = true;
                break;
        }

        _nextTimestamp = frame.Timestamp + (uint)frame.DurationUnits;
        Append(_decoded.AsSpan(0, count));
        NoteConcealed(isConcealed ? _queue.Count - before : 0);
        if (_isBridged)
        {
            _isBridged = false;
            _queue.Merge(before);
        }
    }

    private int Conceal(int samples)
    {
        var step = _decoder!.SampleRate / 50;
        for (var done = 0; done < samples; done += step)
        {
            _decoder.Conceal(_decoded.AsSpan(done, Math.Min(step, samples - done)));
        }

        return samples;
    }

    private void Append(ReadOnlySpan<float> samples)
    {
        if (_resampler is not null)
        {
            _queue.Commit(_resampler.Process(samples, _queue.Room));
            return;
        }

        samples.CopyTo(_queue.Room);
        _queue.Commit(samples.Length);
    }

    /// <summary>
    /// Nothing to play: what is left, and then more of that. A packet that is only late is gone on with where it was left, for the decoder knows
    /// nothing of this; where none comes the sound fades.
    /// </summary>
    private bool FillGap(Span<float> samples)
    {
        NoteGap(samples.Length);
        if (!IsSounding)
        {
            FallSilent();
            return false;
        }

        CatchUp();
        _queue.Continue(samples.Length - _queue.Count);
        _isBridged = true;
        _queue.Take(samples);
        var gain = Math.Min(_gain, 1 - (_ticksInGap++ / (ConcealedTicks - 1f)));
        Ramp(samples, _gain, gain);
        _gain = gain;
        Level = AudioLevel.Measure(samples);
        if (!IsSounding)
        {
            _queue.Clear();
            _isBridged = false;
        }

        return true;
    }

    private void FadeIn(Span<float> samples)
    {
        _ticksInGap = 0;
        if (_gain < 1)
        {
            Ramp(samples, _gain, 1);
            _gain = 1;
        }
    }

    private void FallSilent()
    {
        Level = AudioLevel.Silence;
        if (IsSounding || _queue.Count > 0)
        {
            _queue.Clear();
            _gain = 0;
            _ticksInGap = 0;
            _isBridged = false;
        }
    }

    private static void Ramp(Span<float> samples, float from, float to)
    {
        var step = (to - from) / samples.Length;
        for (var i = 0; i < samples.Length && (from != 1 || to != 1); i++)
        {
            samples[i] *= from + (step * i);
        }
    }
}
