using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Receive;

namespace Mcu.Conference.Audio;

// The way past the decoder: packets that are handed on as they came, or that nobody hears; and the way back.
internal sealed partial class AudioSource
{
    /// <summary>After a loss sound is decoded for so long: the next one is likely, and is repaired better here than by each listener.</summary>
    private static readonly TimeSpan LossMemory = TimeSpan.FromSeconds(10);

    // owned
    private readonly UndecodedPayloads _undecoded = new();
    private readonly float[] _past = new float[AudioStage.SamplesPerTick];

    // state
    private bool _hasPast;
    private long _lost;
    private MediaTime _lastLoss = new(long.MinValue / 2);

    /// <summary>The last packets that went by undecoded; where this tick's was handed on, it is the newest.</summary>
    public UndecodedPayloads Undecoded => _undecoded;

    /// <summary>
    /// What the packet before this tick's sounds like, where packets went by undecoded until this tick; otherwise empty.
    /// </summary>
    public ReadOnlySpan<float> PastOf(MediaTime tick) => _hasPast && _begun == tick ? _past : default;

    /// <summary>
    /// Gives one tick as the packet that it came in, undecoded. False where that cannot be, or not without being heard: then
    /// <see cref="Pull"/> has the tick's samples.
    /// </summary>
    /// <param name="payload">Takes the packet; its length is the most that is handed on.</param>
    public bool TryForward(MediaTime now, MediaTime tick, Span<byte> payload, out int length)
    {
        length = 0;
        if (!Begin(now, tick) || !MayForward(tick))
        {
            return false;
        }

        var kind = _jitter!.Pull(tick, out var frame);
        if (kind == JitterPull.Waiting)
        {
            return false;
        }

        NoteLoss(tick);
        EndGap(frame.Timestamp);
        var isWhole = kind == JitterPull.Frame && frame.DurationUnits == AudioStage.SamplesPerTick && _lastLoss != tick;
        if (!isWhole || frame.Payload.Length > payload.Length)
        {
            Decode(kind, in frame);
            return false;
        }

        length = frame.Payload.Length;
        frame.Payload.CopyTo(payload);
        _undecoded.Add(frame.Payload);
        _nextTimestamp = frame.Timestamp + (uint)frame.DurationUnits;
        (_gain, _ticksInGap) = (1, 0);
        NotePlayed(tick);
        Level = Loudness.Stated!.Value;
        return true;
    }

    private bool MayForward(MediaTime tick) =>
        _decoder!.Codec == AudioCodec.Opus
        && Loudness.Stated is not null
        && _queue.Count == 0
        && tick - _lastLoss >= LossMemory
        && IsInTimeUndecoded(tick);

    private void NoteLoss(MediaTime tick)
    {
        if (_jitter!.Statistics.Lost != _lost)
        {
            _lost = _jitter.Statistics.Lost;
            _lastLoss = tick;
        }
    }

    /// <summary>Before the decoder goes on, it decodes into nothing what went by undecoded last, so that it has a past.</summary>
    private void CatchUp()
    {
        while (_undecoded.TryTake(out var payload))
        {
            var count = _decoder!.Decode(payload, _decoded);
            _hasPast = count == _past.Length && _decoder.SampleRate == AudioStage.SampleRate;
            if (_hasPast)
            {
                _decoded.AsSpan(0, count).CopyTo(_past);
                _queue.Remember(_past);
            }
        }
    }
}
