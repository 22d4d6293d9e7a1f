using Mcu.Load.Clips;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.TestKit.Audio;

namespace Mcu.Load.Clients;

/// <summary>Decodes a mix and finds markers in it.</summary>
internal sealed class Listener(ICodecFactory codecs) : IDisposable
{
    private const double MarkerAmplitude = 0.05;
    private static readonly TimeSpan s_refractory = TimeSpan.FromMilliseconds(250);

    private readonly IAudioDecoder _decoder = codecs.CreateAudioDecoder(AudioCodec.Opus);
    private readonly float[] _pcm = new float[5760];
    private MediaTime _lastMarker;

    /// <summary>Arrival of the packets in which markers begin.</summary>
    public List<MediaTime> Markers { get; } = [];

    /// <summary>Packets that the decoder refused.</summary>
    public long Undecodable { get; private set; }

    public void Hear(ReadOnlySpan<byte> payload, MediaTime arrival)
    {
        var count = _decoder.Decode(payload, _pcm);
        if (count <= 0)
        {
            Undecodable++;
            return;
        }

        if (Tone.Amplitude(_pcm.AsSpan(0, count), SoundClip.MarkerHz, 48_000) > MarkerAmplitude && arrival - _lastMarker > s_refractory)
        {
            Markers.Add(arrival);
            _lastMarker = arrival;
        }
    }

    /// <summary>Begins to count anew.</summary>
    public void Reset()
    {
        Markers.Clear();
        Undecodable = 0;
    }

    public void Dispose() => _decoder.Dispose();
}
