using Mcu.Media.Codecs;

namespace Mcu.Load.Clips;

/// <summary>What can be sent; encoded when first asked for. Not for several threads at once.</summary>
internal sealed class Library(ICodecFactory codecs)
{
    private const int Voices = 6;
    private static readonly TimeSpan s_loop = TimeSpan.FromSeconds(12);

    private readonly Dictionary<(int Voice, bool Pauses), SoundClip> _voices = [];
    private readonly Dictionary<(int Film, VideoFormat Format), VideoClip> _cameras = [];

    public static string Sources => $"{Speech.Source}; {Film.Source}";

    public SoundClip Markers => field ??= SoundClip.Markers(codecs);

    public SoundClip Listening => field ??= SoundClip.Listening(codecs);

    /// <summary>One of a few voices that talks all the time and sends every packet.</summary>
    public SoundClip Voice(int index) => Voice(index, pauses: false);

    /// <summary>One of a few voices that talks in spurts, with DTX between them.</summary>
    public SoundClip Talker(int index) => Voice(index, pauses: true);

    /// <summary>One of a few cameras.</summary>
    public VideoClip Camera(int index, VideoFormat? format = null)
    {
        var key = (index % Film.Count, format ?? VideoFormat.Usual);
        if (!_cameras.TryGetValue(key, out var clip))
        {
            using var film = new Film(codecs, key.Item1);
            clip = _cameras[key] = VideoClip.Encode(codecs, film, key.Item2);
        }

        return clip;
    }

    private SoundClip Voice(int index, bool pauses)
    {
        var key = (index % Voices, pauses);
        if (!_voices.TryGetValue(key, out var clip))
        {
            var samples = pauses ? Speech.TakeSpurts(key.Item1, s_loop) : Speech.Take(key.Item1, s_loop);
            clip = _voices[key] = SoundClip.Of(codecs, samples, dtx: pauses);
        }

        return clip;
    }
}
