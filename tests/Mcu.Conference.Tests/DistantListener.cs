using Mcu.Conference.Audio;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;
using Mcu.TestKit.Network;

namespace Mcu.Conference.Tests;

/// <summary>
/// Somebody at the other end of a bad line: RTP with or without RED over a seeded network into a jitter buffer and a decoder, and a loudspeaker that
/// takes 20 ms after 20 ms, whatever came.
/// </summary>
internal sealed class DistantListener : IMediaLeg, IDisposable
{
    private const byte Opus = 111;
    private const byte Red = 63;

    private readonly CountingCodecs _codecs;
    private readonly SendStream _stream;
    private readonly BadNetwork _line;
    private readonly AudioSource _receiver;
    private readonly byte[] _packet = new byte[1500];
    private readonly VirtualScheduler _scheduler;

    public DistantListener(ConferenceRig rig, BadNetworkOptions line, int seed = 1, bool takesRed = true)
    {
        _scheduler = rig.Scheduler;
        _codecs = new CountingCodecs(rig.Codecs);
        _line = new BadNetwork(line, seed);
        _receiver = new AudioSource(_codecs, BufferPool.Shared, new SenderClock());
        Media = ConferenceRig.ListenOnly with { ReceivesRedundantAudio = takesRed };
        _stream = new SendStream(
            new SendStreamOptions
            {
                Ssrc = 1,
                PayloadType = Opus,
                RedPayloadType = takesRed ? Red : null,
                ClockRateHz = 48_000,
                HistoryPackets = 0,
                FirstSequence = 65_000,
                TimestampOffset = uint.MaxValue - 100_000,
            }
        );
        Participant = rig.Conference.Join($"p_distant{seed}", "distant", ParticipantRole.Guest, this, rig.Scheduler.Now);
    }

    public LegMedia Media { get; set; }

    public LegNetwork Network { get; set; } = LegNetwork.Unlimited;

    public TimeSpan RoundTripTime => Network.RoundTripTime;

    public Participant Participant { get; }

    /// <summary>Every packet: its place on the room's clock, its frame's bytes, whether a talkspurt begins.</summary>
    public List<(MediaTime Time, byte[] Payload, bool StartsTalkspurt)> Packets { get; } = [];

    /// <summary>Bytes sent, with headers of IPv4, UDP and SRTP.</summary>
    public long BytesOnTheWire { get; private set; }

    /// <summary>What the loudspeaker played, silence where there was nothing.</summary>
    public List<float> Heard { get; } = [];

    /// <summary>Ticks in which there was nothing to play.</summary>
    public int SilentTicks { get; private set; }

    public JitterStatistics Statistics => _receiver.Statistics;

    public TimeSpan Delay => _receiver.Delay;

    /// <summary>Samples made up by concealment since <see cref="ClearCounts"/>, ticks without any sound included, against all that were played.</summary>
    public double ConcealedShare => (_codecs.Concealed + (SilentTicks * 960.0)) / Math.Max(1, Heard.Count);

    public void ClearCounts()
    {
        _codecs.Concealed = 0;
        SilentTicks = 0;
        BytesOnTheWire = 0;
        Heard.Clear();
        Packets.Clear();
    }

    public void SetAudioRedundancy(int frames) => _stream.Redundancy = frames;

    public void SendAudio(PacketizedFrame frame)
    {
        Packets.Add((frame.Time, frame[0].ToArray(), frame.MarkerIndex == 0));
        var length = _stream.Write(frame, 0, _scheduler.Now, _packet);
        BytesOnTheWire += length + 28 + 10;
        _line.Send(_packet.AsSpan(0, length), _scheduler.Now);
    }

    /// <summary>What has arrived is taken in and the next 20 ms are played.</summary>
    public void Play()
    {
        while (_line.TryReceive(_scheduler.Now, out var bytes, out var arrival))
        {
            RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
            if (packet.PayloadType == Red)
            {
                RedPayload.TryParse(packet.Payload, out var red).ShouldBeTrue();
                _receiver.OnRedundantRtp(AudioCodec.Opus, packet, red, null, arrival);
            }
            else
            {
                _receiver.OnRtp(AudioCodec.Opus, packet, null, arrival);
            }
        }

        var samples = new float[960];
        SilentTicks += _receiver.Pull(_scheduler.Now, _scheduler.Now, samples) ? 0 : 1;
        Heard.AddRange(samples);
    }

    public void SendVideo(PacketizedFrame frame) { }

    public void RequestKeyframe(TrackRole track) { }

    public void Close(string reason) { }

    public void Dispose()
    {
        _stream.Dispose();
        _receiver.Dispose();
    }

    /// <summary>Real codecs that count how much was concealed.</summary>
    private sealed class CountingCodecs(ICodecFactory inner) : ICodecFactory
    {
        public long Concealed { get; set; }

        public IVideoScaler Scaler => inner.Scaler;

        public IAudioDecoder CreateAudioDecoder(AudioCodec codec) => new Decoder(this, inner.CreateAudioDecoder(codec));

        public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) =>
            inner.CreateAudioEncoder(codec, settings);

        public IVideoDecoder CreateVideoDecoder(VideoCodec codec) => inner.CreateVideoDecoder(codec);

        public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings) =>
            inner.CreateVideoEncoder(codec, settings);

        private sealed class Decoder(CountingCodecs counts, IAudioDecoder inner) : IAudioDecoder
        {
            public AudioCodec Codec => inner.Codec;

            public int SampleRate => inner.SampleRate;

            public int SamplesIn(ReadOnlySpan<byte> payload) => inner.SamplesIn(payload);

            public int Decode(ReadOnlySpan<byte> payload, Span<float> samples) => inner.Decode(payload, samples);

            public bool TryRecoverPrevious(ReadOnlySpan<byte> nextPayload, Span<float> samples) =>
                inner.TryRecoverPrevious(nextPayload, samples);

            public void Conceal(Span<float> samples)
            {
                counts.Concealed += samples.Length;
                inner.Conceal(samples);
            }

            public void Dispose() => inner.Dispose();
        }
    }
}
