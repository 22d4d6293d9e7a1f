using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Mixing.Audio;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Audio;

/// <summary>
/// One encode of one mix in one codec: limiter, rate conversion, encoder. Shared by everybody who is not in the mix,
/// or private to one who is (his mix lacks himself).
/// </summary>
internal sealed class AudioRendition : IDisposable
{
    /// <summary>Largest Opus packet of one frame in bytes (RFC 6716 section 3.4 R5: 1275, and the TOC byte).</summary>
    private const int MaxPayload = 1276;

    /// <summary>From here on Opus is better and cheaper in its CELT mode; below, speech needs SILK.</summary>
    private const int LowDelayFromBps = 32_000;

    /// <summary>After so many ticks of silence nothing of what was said before is in the encoder any more.</summary>
    private const int SilentTicks = 25;

    /// <summary>An Opus frame this short says nothing but that there is silence.</summary>
    private const int SilencePayload = 4;

    // owned
    private readonly IAudioEncoder _encoder;
    private readonly Limiter _limiter = new();
    private readonly AudioPacketizer _packetizer;
    private readonly Resampler? _resampler;
    private readonly float[] _limited = new float[AudioStage.SamplesPerTick];
    private readonly float[] _resampled = new float[AudioStage.SamplesPerTick + 16];
    private readonly byte[] _payload = new byte[MaxPayload];
    private bool _paused = true;
    private int _silentTicks;
    private int _silence; // bytes of the payload of silence that is repeated, or 0

    public AudioRendition(ICodecFactory codecs, AudioCodec codec, ConferenceOptions options, PacketizedFramePool packets)
    {
        _packetizer = new AudioPacketizer(packets);
        var lowDelay = options.AudioBitrateBps >= LowDelayFromBps;
        _encoder = codecs.CreateAudioEncoder(
            codec,
            new AudioEncoderSettings(options.AudioBitrateBps, options.AudioComplexity, InbandFec: !lowDelay, LowDelay: lowDelay)
        );
        if (_encoder.SampleRate != AudioStage.SampleRate)
        {
            _resampler = new Resampler(AudioStage.SampleRate, _encoder.SampleRate);
        }
    }

    public AudioCodec Codec => _encoder.Codec;

    /// <summary>When it last encoded; a private rendition unused for long is given back.</summary>
    public MediaTime LastUsed { get; private set; }

    /// <summary>Encodes one tick of the mix; the caller owns the frame's one reference. Null where nothing need be sent.</summary>
    public PacketizedFrame? Encode(ReadOnlySpan<float> mix, MediaTime time)
    {
        LastUsed = time;
        if (IsLastingSilence(mix))
        {
            return _packetizer.Packetize(_payload.AsSpan(0, _silence), time, false);
        }

        mix.CopyTo(_limited);
        _limiter.Process(_limited);
        ReadOnlySpan<float> samples = _limited;
        if (_resampler is not null)
        {
            samples = _resampled.AsSpan(0, _resampler.Process(_limited, _resampled));
        }

        var length = _encoder.Encode(samples, _payload);
        _silence = _silentTicks >= SilentTicks && Codec == AudioCodec.Opus && length <= SilencePayload ? length : 0;
        var startsTalkspurt = _paused;
        _paused = length == 0;
        return _paused ? null : _packetizer.Packetize(_payload.AsSpan(0, length), time, startsTalkspurt);
    }

    /// <summary>Hands on, as this tick of the mix, a packet that was encoded elsewhere; the caller owns the frame's one reference.</summary>
    public PacketizedFrame Forward(ReadOnlySpan<byte> payload, MediaTime time)
    {
        LastUsed = time;
        var startsTalkspurt = _paused;
        (_paused, _silentTicks, _silence) = (false, 0, 0);
        return _packetizer.Packetize(payload, time, startsTalkspurt);
    }

    /// <summary>Encodes again after packets were handed on.</summary>
    /// <param name="past">The tick that listeners heard last, from which the sound goes on; empty where it does not.</param>
    public void Restart(ReadOnlySpan<float> past)
    {
        _limiter.Reset();
        if (past.IsEmpty)
        {
            _encoder.Restart([]);
            return;
        }

        past.CopyTo(_limited);
        _limiter.Process(_limited);
        _encoder.Restart(_limited);
    }

    /// <summary>Goes on where another rendition in the same codec is, so that its listener can change to this one and does not hear it.</summary>
    public void ContinueFrom(AudioRendition other)
    {
        _limiter.CopyStateFrom(other._limiter);
        _resampler?.CopyStateFrom(other._resampler!);
        _encoder.ContinueFrom(other._encoder);
        _paused = other._paused;
        _silentTicks = other._silentTicks;
        _silence = 0;
    }

    public void Dispose() => _encoder.Dispose();

    /// <summary>
    /// Silence after silence is the same payload again, and is not encoded anew: who talks alone, and who listens to nobody, costs nothing.
    /// </summary>
    private bool IsLastingSilence(ReadOnlySpan<float> mix)
    {
        _silentTicks = mix.ContainsAnyExcept(0f) ? 0 : Math.Min(_silentTicks + 1, SilentTicks);
        return _silence > 0 && _silentTicks == SilentTicks;
    }
}
