using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Mixing.Audio;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Audio;

/// <summary>
/// One encode of one mix in one codec on one rung: limiter, rate conversion, encoder. Shared by everybody who is not in the mix,
/// or private to one who is (his mix lacks himself). Packets of several ticks begin in the same ticks in all renditions of a rung.
/// </summary>
internal sealed class AudioRendition : IDisposable
{
    /// <summary>Largest Opus packet in bytes that the encoder is given room for (RFC 6716 section 3.4 R5: 1275, and the TOC byte).</summary>
    private const int MaxPayload = 1276;

    /// <summary>What FEC is made for: at less libopus would rather keep bandwidth than repair.</summary>
    private const double FecLoss = 0.2;

    /// <summary>After so many ticks of silence nothing of what was said before is in the encoder any more.</summary>
    private const int SilentTicks = 25;

    /// <summary>An Opus frame this short says nothing but that there is silence.</summary>
    private const int SilencePayload = 4;

    /// <summary>Quieter than this (-dBov) is silence where silence is left out.</summary>
    private const int QuietLevel = 60;

    /// <summary>The bits of Opus's first byte that say anything but the number of frames: without them it is one (RFC 6716 section 3.1).</summary>
    private const byte TocOfOneFrame = 0xFC;

    // owned
    private readonly IAudioEncoder _encoder;
    private readonly Limiter _limiter = new();
    private readonly AudioPacketizer _packetizer;
    private readonly Resampler? _resampler;
    private readonly float[] _limited; // the ticks of one packet
    private readonly float[] _resampled = new float[AudioStage.SamplesPerTick + 16];
    private readonly byte[] _payload = new byte[MaxPayload];
    private bool _paused = true;
    private int _silentTicks;
    private int _silence; // bytes of the payload of silence that is repeated, or 0

    public AudioRendition(ICodecFactory codecs, AudioCodec codec, AudioRung rung, int complexity, PacketizedFramePool packets)
    {
        Rung = rung;
        _packetizer = new AudioPacketizer(packets);
        _encoder = codecs.CreateAudioEncoder(
            codec,
            new AudioEncoderSettings(
                rung.BitrateBps,
                rung.IsTop || rung.LowDelay ? complexity : Math.Max(complexity, rung.SilkComplexity),
                InbandFec: !rung.LowDelay,
                LowDelay: rung.LowDelay
            )
        );
        SetRate();
        _limited = new float[TicksPerPacket * AudioStage.SamplesPerTick];
        if (_encoder.SampleRate != AudioStage.SampleRate)
        {
            _resampler = new Resampler(AudioStage.SampleRate, _encoder.SampleRate);
        }
    }

    public AudioCodec Codec => _encoder.Codec;

    /// <summary>Of Opus; the other codecs have but one.</summary>
    public AudioRung Rung { get; }

    /// <summary>The tick that it encoded last; a private rendition unused for long is given back.</summary>
    public MediaTime LastUsed { get; private set; }

    private int TicksPerPacket => Codec == AudioCodec.Opus ? Rung.Ticks : 1;

    /// <summary>
    /// Takes one tick of the mix; the caller owns the frame's one reference. Null where nothing is to be sent: within a packet, or in silence.
    /// </summary>
    public PacketizedFrame? Encode(ReadOnlySpan<float> mix, MediaTime time)
    {
        var place = PlaceOf(time);
        if (time - LastUsed > AudioStage.Tick)
        {
            _limited.AsSpan(0, place).Clear(); // there was nothing to hear, or a tick was skipped
        }

        LastUsed = time;
        if (IsLastingSilence(mix))
        {
            return _packetizer.Packetize(_payload.AsSpan(0, _silence), time, false);
        }

        var tick = _limited.AsSpan(place, AudioStage.SamplesPerTick);
        mix.CopyTo(tick);
        _limiter.Process(tick);
        return place + tick.Length == _limited.Length ? EncodePacket(time) : null;
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

        var tick = _limited.AsSpan(0, AudioStage.SamplesPerTick);
        past.CopyTo(tick);
        _limiter.Process(tick);
        _encoder.Restart(tick);
        _paused = false;
    }

    /// <summary>
    /// Goes on where another rendition in the same codec is, so that its listener can change to this one and does not hear it. Between rungs
    /// that is at the beginning of a packet of both.
    /// </summary>
    public void Follow(AudioRendition other)
    {
        _limiter.CopyStateFrom(other._limiter);
        _resampler?.CopyStateFrom(other._resampler!);
        if (Rung.LowDelay == other.Rung.LowDelay)
        {
            _encoder.ContinueFrom(other._encoder);
            SetRate();
        }
        else
        {
            _encoder.Restart(other._limited.AsSpan(other.PlaceOf(other.LastUsed), AudioStage.SamplesPerTick));
        }

        if (Rung == other.Rung)
        {
            other._limited.CopyTo(_limited);
        }

        _paused = other._paused;
        _silentTicks = other._silentTicks;
        _silence = 0;
        LastUsed = other.LastUsed;
    }

    public void Dispose() => _encoder.Dispose();

    private void SetRate() => _encoder.SetRate(Rung.BitrateBps, Rung.Fec ? FecLoss : 0);

    /// <summary>Where a tick's samples are within those of its packet.</summary>
    private int PlaceOf(MediaTime time) => (int)(AudioStage.TickOf(time) % TicksPerPacket) * AudioStage.SamplesPerTick;

    private PacketizedFrame? EncodePacket(MediaTime time)
    {
        var begin = time - (AudioStage.Tick * (TicksPerPacket - 1));
        if (Rung.LeavesSilenceOut && _silentTicks == SilentTicks)
        {
            return BeginSilence(begin);
        }

        ReadOnlySpan<float> samples = _limited;
        if (_resampler is not null)
        {
            samples = _resampled.AsSpan(0, _resampler.Process(_limited, _resampled));
        }

        var length = _encoder.Encode(samples, _payload);
        _silence = _silentTicks >= SilentTicks && Codec == AudioCodec.Opus && length <= SilencePayload ? length : 0;
        var startsTalkspurt = _paused;
        _paused = false;
        return _packetizer.Packetize(_payload.AsSpan(0, length), begin, startsTalkspurt);
    }

    /// <summary>
    /// Once, a packet without a frame, which tells the decoder that what follows is silence and not loss (RFC 6716 section 3.4); then nothing.
    /// libopus's own way to leave silence out is not used: it takes a steady tone for silence.
    /// </summary>
    private PacketizedFrame? BeginSilence(MediaTime begin)
    {
        if (_paused)
        {
            return null;
        }

        _paused = true;
        _payload[0] &= TocOfOneFrame;
        return _packetizer.Packetize(_payload.AsSpan(0, 1), begin, false);
    }

    /// <summary>
    /// Counts silence. Where every tick is sent, silence after silence is the same payload again, and is not encoded anew: who talks alone, and who
    /// listens to nobody, costs nothing.
    /// </summary>
    private bool IsLastingSilence(ReadOnlySpan<float> mix)
    {
        var isSilent = Rung.LeavesSilenceOut ? AudioLevel.Measure(mix) > QuietLevel : !mix.ContainsAnyExcept(0f);
        _silentTicks = isSilent ? Math.Min(_silentTicks + 1, SilentTicks) : 0;
        return _silence > 0 && _silentTicks == SilentTicks;
    }
}
