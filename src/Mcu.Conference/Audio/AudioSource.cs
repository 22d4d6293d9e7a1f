using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Mixing.Audio;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using AudioLevel = Mcu.Mixing.Audio.AudioLevel;

namespace Mcu.Conference.Audio;

/// <summary>
/// One incoming microphone: <c>RTP → jitter buffer → decode, recover or conceal → 48 kHz → play faster or slower → one tick of samples</c>.
/// </summary>
internal sealed partial class AudioSource(ICodecFactory codecs, BufferPool buffers, SenderClock sender) : IDisposable
{
    /// <summary>Longest packet that Opus knows, in samples at 48 kHz: 120 ms.</summary>
    private const int MaxPacketSamples = 5760;

    /// <summary>A frame this quiet (-dBov) is not missed when it is left out.</summary>
    private const int QuietLevel = 50;

    /// <summary>A packet this recent means that somebody sends.</summary>
    private static readonly TimeSpan PacketsHold = TimeSpan.FromSeconds(1);

    // owned
    private readonly PlayoutQueue _queue = new(MaxPacketSamples + (4 * AudioStage.SamplesPerTick));
    private readonly float[] _decoded = new float[MaxPacketSamples];
    private IAudioDecoder? _decoder;
    private AudioJitterBuffer? _jitter;
    private Resampler? _resampler;

    // state
    private int _clockRateHz = AudioStage.SampleRate;
    private uint _nextTimestamp;
    private MediaTime _lastPacket;
    private int _skippedUnits;
    private MediaTime _begun = MediaTime.Never;

    /// <summary>Chosen to be decoded and mixed; set by <see cref="LoudestSelection"/>.</summary>
    public bool Selected { get; set; }

    /// <summary>By which <see cref="LoudestSelection"/> chooses.</summary>
    public Loudness Loudness { get; } = new();

    /// <summary>Packets came within the last second.</summary>
    public bool HasPackets { get; private set; }

    /// <summary>Measured level of the last tick, 0 to 127 in -dBov.</summary>
    public int Level { get; private set; } = AudioLevel.Silence;

    /// <summary>Maps this source's RTP timestamps to its sender's clock; null before the first packet.</summary>
    public RtpClockMap? Clock { get; private set; }

    /// <summary>Capture time, on the sender's clock in ticks, of the sample that is mixed next; false while that is not known.</summary>
    public bool TryGetPlayout(out long senderTicks)
    {
        senderTicks = 0;
        var timestamp = _nextTimestamp - (uint)((long)_queue.Count * _clockRateHz / AudioStage.SampleRate);
        return IsSounding && Clock is not null && Clock.TryToSenderTicks(timestamp, out senderTicks);
    }

    public JitterStatistics Statistics => _jitter?.Statistics ?? default;

    /// <summary>How the sound arrives.</summary>
    public SoundReception Reception => new(Delay, _playout.Played, _playout.Concealed);

    public AudioCodec? Codec => _decoder?.Codec;

    /// <summary>Delay that the picture of the same participant needs on top, for lip synchronisation.</summary>
    public void HoldFor(TimeSpan extra)
    {
        if (_jitter is not null)
        {
            _jitter.ExtraDelay = extra;
        }
    }

    public void OnRtp(AudioCodec codec, in RtpPacket packet, Rtp.AudioLevel? level, MediaTime arrival) =>
        OnPacket(codec, packet, packet.Payload, level, arrival);

    /// <summary>Takes a packet that carries earlier frames too (RED): they are heard where their own packets are missing.</summary>
    public void OnRedundantRtp(AudioCodec codec, in RtpPacket packet, in RedPayload red, Rtp.AudioLevel? level, MediaTime arrival)
    {
        var primary = red.Primary;
        OnPacket(codec, packet, primary.Payload, level, arrival);
        for (var back = red.RedundantCount; back > 0 && _decoder is not null; back--)
        {
            var block = red.Before(back);
            var samples = block.PayloadType == primary.PayloadType ? _decoder.SamplesIn(block.Payload) : 0;
            if (samples > 0)
            {
                var sequence = (ushort)(packet.SequenceNumber - back);
                var timestamp = packet.Timestamp - (uint)block.TimestampOffset;
                _jitter!.InsertRedundant(sequence, timestamp, block.Payload, UnitsOf(samples), arrival);
            }
        }
    }

    private void OnPacket(AudioCodec codec, in RtpPacket packet, ReadOnlySpan<byte> payload, Rtp.AudioLevel? level, MediaTime arrival)
    {
        if (_decoder?.Codec != codec)
        {
            Open(codec);
        }

        var samples = _decoder!.SamplesIn(payload);
        if (samples <= 0)
        {
            return;
        }

        _lastPacket = arrival;
        HasPackets = true;
        Loudness.OnPacket(codec, payload.Length, level, Selected);
        _jitter!.Insert(packet.SequenceNumber, packet.Timestamp, payload, UnitsOf(samples), arrival);
    }

    private int UnitsOf(int samples) => (int)((long)samples * _clockRateHz / _decoder!.SampleRate);

    /// <summary>Gives one tick of samples; false (and no samples) where the participant is silent because nothing comes from it.</summary>
    public bool Pull(MediaTime now, MediaTime tick, Span<float> samples)
    {
        if (!Begin(now, tick))
        {
            return false;
        }

        while (_queue.Count < samples.Length)
        {
            if (!PullPacket(tick))
            {
                return FillGap(samples);
            }
        }

        CorrectDelay(tick);
        _queue.Take(samples);
        NotePlayed(tick);
        FadeIn(samples);
        Level = AudioLevel.Measure(samples);
        Loudness.OnMeasured(Level);
        return true;
    }

    /// <summary>Lets one tick pass undecoded: muted, or not among the loudest.</summary>
    public void Discard(MediaTime now)
    {
        HasPackets = now - _lastPacket < PacketsHold;
        FallSilent();
        _gap = 0;
        SkipTick(now);
        Delay = _jitter?.CurrentDelay ?? TimeSpan.Zero;
    }

    public void Dispose()
    {
        _decoder?.Dispose();
        _jitter?.Dispose();
    }

    private static int SamplesOf(TimeSpan duration) => (int)(duration.Ticks * AudioStage.SampleRate / TimeSpan.TicksPerSecond);

    private static TimeSpan DurationOf(int samples) => TimeSpan.FromTicks(samples * TimeSpan.TicksPerSecond / AudioStage.SampleRate);

    /// <summary>Passes over one tick's worth of packets without decoding them.</summary>
    private void SkipTick(MediaTime now)
    {
        var tickUnits = _clockRateHz / 50;
        for (_skippedUnits -= tickUnits; _skippedUnits < 0 && _jitter is not null; )
        {
            var kind = _jitter.Pull(now, out var frame);
            if (kind == JitterPull.Waiting)
            {
                _skippedUnits = 0;
                return;
            }

            if (kind == JitterPull.Frame)
            {
                _undecoded.Add(frame.Payload);
            }

            _skippedUnits += frame.DurationUnits;
        }
    }

    private void Open(AudioCodec codec)
    {
        Dispose();
        _decoder = codecs.CreateAudioDecoder(codec);
        // RFC 3551 section 4.5.2: the RTP clock of G.722 is 8000 although it samples at 16000.
        _clockRateHz = codec == AudioCodec.Opus ? AudioStage.SampleRate : 8000;
        _jitter = new AudioJitterBuffer(_clockRateHz, buffers, new AudioJitterOptions { NextRepairs = codec == AudioCodec.Opus });
        Clock = new RtpClockMap(_clockRateHz, sender);
        _resampler = _decoder.SampleRate == AudioStage.SampleRate ? null : new Resampler(_decoder.SampleRate, AudioStage.SampleRate);
        FallSilent();
        _undecoded.Clear();
        _lost = 0;
        _playout = default;
        _gap = 0;
    }

    /// <summary>What comes first in a tick, whichever way its sound then takes; false where nothing ever came.</summary>
    private bool Begin(MediaTime now, MediaTime tick)
    {
        HasPackets = now - _lastPacket < PacketsHold;
        if (_jitter is null)
        {
            return false;
        }

        if (tick != _begun)
        {
            _begun = tick;
            _hasPast = false;
            NoteLoss(tick);
        }

        return true;
    }
}
