using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Audio;

/// <summary>
/// The mix of all, once for each codec and rung that somebody hears: encoded at a tick's first request and then only handed out.
/// </summary>
internal sealed class SharedMix
{
    public AudioRendition? Rendition { get; set; }

    public PacketizedFrame? Frame { get; set; }

    public bool Encoded { get; set; }

    /// <summary>The tick is over.</summary>
    public void End(MediaTime time, TimeSpan idle)
    {
        Frame?.Release();
        Frame = null;
        Encoded = false;
        if (Rendition is not null && time - Rendition.LastUsed > idle)
        {
            Rendition.Dispose();
            Rendition = null;
        }
    }
}

/// <summary>All shared mixes of a conference: few, and opened while they are used.</summary>
internal sealed class SharedMixes(AudioLadder ladder) : IDisposable
{
    private readonly SharedMix[] _opus = [.. Enumerable.Range(0, ladder.Count).Select(_ => new SharedMix())];
    private readonly SharedMix[] _others = [.. Enum.GetValues<AudioCodec>().Select(_ => new SharedMix())];

    /// <summary>What listeners to Opus on the top rung hear: the only one that packets of a lone voice may stand in for.</summary>
    public SharedMix Top => _opus[AudioRung.TopIndex];

    /// <summary>Codecs other than Opus have one rung.</summary>
    public SharedMix Of(AudioCodec codec, AudioRung rung) => codec == AudioCodec.Opus ? _opus[rung.Index] : _others[(int)codec];

    public void End(MediaTime time, TimeSpan idle)
    {
        foreach (var mix in _opus)
        {
            mix.End(time, idle);
        }

        foreach (var mix in _others)
        {
            mix.End(time, idle);
        }
    }

    public void Dispose()
    {
        foreach (var mix in _opus)
        {
            mix.Rendition?.Dispose();
        }

        foreach (var mix in _others)
        {
            mix.Rendition?.Dispose();
        }
    }
}
