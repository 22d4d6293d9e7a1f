using Mcu.Codecs;
using Mcu.Load.Clips;
using Mcu.Media.Codecs;

namespace Mcu.Benchmarks.Network;

/// <summary>What is before the guests' cameras and microphones. Shared by all runs; thread-safe once made.</summary>
internal sealed class Studio : IDisposable
{
    private static readonly TimeSpan s_speech = TimeSpan.FromSeconds(60);

    private readonly List<Film> _films;
    private static readonly List<float[]> s_voices = [.. Enumerable.Range(0, 5).Select(voice => Speech.Take(voice, s_speech))];

    public Studio()
    {
        Codecs = new NativeCodecFactory();
        _films = [.. Enumerable.Range(0, Film.Count).Select(index => new Film(Codecs, index))];
    }

    public static string Sources => $"{Speech.Source}; {Film.Source}";

    public ICodecFactory Codecs { get; }

    public Film FilmOf(int guest) => _films[guest % _films.Count];

    /// <summary>Where in its film a guest's camera begins: two who have the same film show different parts of it.</summary>
    public static int SceneOf(int guest) => 37 * guest;

    public static float[] SpeechOf(int guest) => s_voices[guest % s_voices.Count];

    public void Dispose() => _films.ForEach(film => film.Dispose());
}
