using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Conference.Audio;

/// <summary>
/// What a voice that is handed on sounds like, for those whose lines cannot carry its packets. A decoder of its own, so that nothing changes
/// for all others; open only while somebody asks.
/// </summary>
internal sealed class ForwardedSound(ICodecFactory codecs) : IDisposable
{
    // owned
    private readonly float[] _last = new float[AudioStage.SamplesPerTick];
    private IAudioDecoder? _decoder;

    // state
    private AudioSource? _source;
    private MediaTime _lastTick;

    /// <summary>Decodes the packet that was handed on in this tick.</summary>
    /// <param name="past">Takes the tick before.</param>
    public void Decode(AudioSource source, MediaTime time, Span<float> samples, Span<float> past)
    {
        var payloads = source.Undecoded;
        if (_decoder is null || source != _source || time - _lastTick > AudioStage.Tick)
        {
            _decoder?.Dispose();
            _decoder = codecs.CreateAudioDecoder(AudioCodec.Opus);
            _source = source;
            _last.AsSpan().Clear();
            for (var i = 0; i < payloads.Count - 1; i++)
            {
                DecodeTick(payloads[i], _last);
            }
        }

        _lastTick = time;
        _last.CopyTo(past);
        DecodeTick(payloads[payloads.Count - 1], samples);
        samples.CopyTo(_last);
    }

    /// <summary>Gives the decoder back when nobody has asked for so long.</summary>
    public void End(MediaTime time, TimeSpan idle)
    {
        if (_decoder is not null && time - _lastTick > idle)
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _decoder?.Dispose();
        _decoder = null;
        _source = null;
    }

    /// <summary>What is handed on has the length of a tick.</summary>
    private void DecodeTick(ReadOnlySpan<byte> payload, Span<float> samples)
    {
        if (_decoder!.Decode(payload, samples) != samples.Length)
        {
            samples.Clear();
        }
    }
}
