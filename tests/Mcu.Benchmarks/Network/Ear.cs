using Mcu.Conference.Audio;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;

namespace Mcu.Benchmarks.Network;

/// <summary>20 ms of what a guest heard.</summary>
/// <param name="At">When, on the server's clock.</param>
/// <param name="Concealed">How much of it was made up or missing though it had been sent: 0 to 1, and more where a longer packet is made up at once.</param>
/// <param name="DelayMs">From the mixer's tick to the ear.</param>
internal record struct HeardTick(MediaTime At, double Concealed, double DelayMs);

/// <summary>
/// A guest's ear: <c>RTP → the jitter buffer and decoder that microphones have at the server → 20 ms of sound at a time</c>. What is made
/// up is counted at the decoder, whatever the jitter buffer says about itself. Pauses in which the sender sends nothing (DTX) are not
/// counted: sequence numbers go on after them, timestamps jump.
/// </summary>
internal sealed class Ear : IDisposable
{
    private const int TickSamples = 960;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly DecoderTap _codecs;
    private readonly AudioSource _source;
    private readonly NtpClock _ntp;
    private readonly GuestClock _clock;
    private readonly float[] _samples = new float[TickSamples];
    private MediaTime _next;
    private double _delayMs;
    private ushort _highest;
    private uint _timestampAfter;
    private bool _hasPackets;
    private int _unsettled; // ticks at the end of Ticks that were not sound as sent: lost, or a pause of the sender

    /// <param name="codecs">Decodes.</param>
    /// <param name="ntp">The wall clock of the server's sender reports.</param>
    /// <param name="clock">The guest's own.</param>
    /// <param name="first">When it begins to listen.</param>
    public Ear(ICodecFactory codecs, NtpClock ntp, GuestClock clock, MediaTime first)
    {
        _codecs = new DecoderTap(codecs);
        _source = new AudioSource(_codecs, BufferPool.Shared, new SenderClock());
        _ntp = ntp;
        _clock = clock;
        _next = first;
    }

    public List<HeardTick> Ticks { get; } = [];

    /// <summary>Where given, all that is heard is kept: 48 kHz.</summary>
    public List<float>? Recording { get; set; }

    public MediaTime NextDeadline => _next;

    public void OnRtp(AudioCodec codec, in RtpPacket packet, MediaTime now)
    {
        _source.OnRtp(codec, packet, null, now);
        Note(packet, packet.Payload);
    }

    /// <summary>A packet that carries earlier frames too.</summary>
    public void OnRedundantRtp(AudioCodec codec, in RtpPacket packet, in RedPayload red, MediaTime now)
    {
        _source.OnRedundantRtp(codec, packet, red, null, now);
        Note(packet, red.Primary.Payload);
    }

    public void OnSenderReport(in SenderInfo report, MediaTime now) => _source.Clock?.OnSenderReport(report, now);

    public void Run(MediaTime now)
    {
        for (; _next <= now; _next += s_tick)
        {
            Listen(_next);
        }
    }

    public void Dispose() => _source.Dispose();

    private void Note(in RtpPacket packet, ReadOnlySpan<byte> payload)
    {
        var ahead = (short)(packet.SequenceNumber - _highest);
        if (_hasPackets && ahead <= 0)
        {
            return;
        }

        var pause = _hasPackets && ahead == 1 ? (int)(packet.Timestamp - _timestampAfter) : 0;
        Settle(pause);
        _hasPackets = true;
        _highest = packet.SequenceNumber;
        _timestampAfter = packet.Timestamp + (uint)_codecs.SamplesIn(payload);
    }

    private void Listen(MediaTime now)
    {
        _codecs.Concealed = 0;
        var sounds = _source.Pull(now, now, _samples);
        if (!sounds)
        {
            _samples.AsSpan().Clear();
        }

        Recording?.AddRange(_samples);
        var world = _clock.ToWorld(now);
        if (sounds && _source.TryGetPlayout(out var next))
        {
            _delayMs = (world + s_tick - _ntp.ToMediaTime(NtpTimestamp.FromTicks(next))).TotalMilliseconds;
        }

        var concealed = sounds && !_source.IsInGap ? _codecs.Concealed / TickSamples : 1;
        Ticks.Add(new HeardTick(world, concealed, _delayMs));
        _unsettled = concealed > 0 ? _unsettled + 1 : 0;
    }

    /// <summary>A packet says what the last ticks were: as many as the sender paused for were nothing that was missed.</summary>
    /// <param name="pause">Samples that were never sent.</param>
    private void Settle(int pause)
    {
        // The tick in which sound fades out and the one that waits for the first packet belong to the pause.
        var ticks = pause >= TickSamples ? (pause / TickSamples) + 2 : 0;
        for (var i = 1; i <= Math.Min(ticks, _unsettled); i++)
        {
            Ticks[^i] = Ticks[^i] with { Concealed = 0 };
        }

        _unsettled = 0;
    }

    /// <summary>Counts what decoders make up.</summary>
    private sealed class DecoderTap(ICodecFactory inner) : ICodecFactory
    {
        private readonly IAudioDecoder _opus = inner.CreateAudioDecoder(AudioCodec.Opus);

        /// <summary>Samples at 48 kHz.</summary>
        public double Concealed { get; set; }

        public IVideoScaler Scaler => inner.Scaler;

        public int SamplesIn(ReadOnlySpan<byte> payload) => _opus.SamplesIn(payload);

        public IAudioDecoder CreateAudioDecoder(AudioCodec codec) => new TappedDecoder(this, inner.CreateAudioDecoder(codec));

        public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) => throw new NotSupportedException();

        public IVideoDecoder CreateVideoDecoder(VideoCodec codec) => throw new NotSupportedException();

        public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings) => throw new NotSupportedException();
    }

    private sealed class TappedDecoder(DecoderTap tap, IAudioDecoder inner) : IAudioDecoder
    {
        public AudioCodec Codec => inner.Codec;

        public int SampleRate => inner.SampleRate;

        public int SamplesIn(ReadOnlySpan<byte> payload) => inner.SamplesIn(payload);

        public int Decode(ReadOnlySpan<byte> payload, Span<float> samples) => inner.Decode(payload, samples);

        public bool TryRecoverPrevious(ReadOnlySpan<byte> nextPayload, Span<float> samples) =>
            inner.TryRecoverPrevious(nextPayload, samples);

        public void Conceal(Span<float> samples)
        {
            tap.Concealed += samples.Length * 48_000.0 / inner.SampleRate;
            inner.Conceal(samples);
        }

        public void Dispose() => inner.Dispose();
    }
}
