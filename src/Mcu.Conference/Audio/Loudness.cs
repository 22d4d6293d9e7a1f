using Mcu.Media.Codecs;
using Mcu.Mixing.Audio;

namespace Mcu.Conference.Audio;

/// <summary>
/// How loud a microphone is, for choosing among many without decoding them: jumps to the level of the loudest syllable at once and falls
/// slowly, so that a first word counts and a pause for breath does not.
/// </summary>
internal sealed class Loudness
{
    /// <summary>Quieter than this (-dBov) nobody is missed.</summary>
    public const int Inaudible = 100;

    private const double FallPerTick = 0.4; // dB in 20 ms: 20 dB in a second
    private const int UnstatedSpeech = 40; // -dBov
    private const int ComfortNoiseBytes = 10;

    private int _now = AudioLevel.Silence;
    private bool _isStated;

    /// <summary>0 (loudest) to 127 (silence), in -dBov.</summary>
    public double Level { get; private set; } = AudioLevel.Silence;

    /// <summary>The level of the packet that came last, where senders state it; otherwise null.</summary>
    public int? Stated => _isStated ? _now : null;

    public bool IsAudible => Level < Inaudible;

    /// <summary>Takes the level of a packet that arrived: as its sender states it (RFC 6464), else by what can be told from outside.</summary>
    public void OnPacket(AudioCodec codec, int payloadBytes, Rtp.AudioLevel? stated, bool isDecoded)
    {
        _isStated = stated is not null;
        if (stated is { } level)
        {
            _now = level.Level;
        }
        else if (!isDecoded)
        {
            // Opus spends few bytes on silence; of the other codecs it cannot be told, and what is decoded will be measured.
            _now = codec == AudioCodec.Opus && payloadBytes <= ComfortNoiseBytes ? AudioLevel.Silence : UnstatedSpeech;
        }
    }

    /// <summary>Takes the measured level of a tick that was decoded, which counts where nothing is stated.</summary>
    public void OnMeasured(int level) => _now = _isStated ? _now : level;

    /// <summary>Once per tick.</summary>
    /// <param name="hasPackets">False: nothing has come for a while, so it is silent.</param>
    public void OnTick(bool hasPackets)
    {
        _now = hasPackets ? _now : AudioLevel.Silence;
        Level = Math.Min(_now, Level + FallPerTick);
    }
}
