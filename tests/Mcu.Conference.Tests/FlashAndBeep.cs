using Mcu.Codecs;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.TestKit.Audio;

namespace Mcu.Conference.Tests;

/// <summary>
/// A participant before whose camera a light flashes and a horn sounds at the same instant, once a second. Its two streams have clocks
/// that nothing but sender reports relates (RFC 3550 section 6.4.1), and ways through the network of their own.
/// </summary>
internal sealed class FlashAndBeep : IMediaLeg, IDisposable
{
    private const int AudioFrameMs = 20;
    private const int ReportMs = 500;
    private const int SignalMs = 200;

    private readonly IAudioEncoder _audio;
    private readonly IVideoEncoder _video;
    private readonly IVideoPacketizer _packetizer;
    private readonly NtpClock _wall = new(new DateTimeOffset(2021, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly Random _random = new(7);
    private readonly float[] _pcm = new float[AudioFrameMs * 48];
    private readonly int _frameMs;
    private int _elapsedMs;
    private ushort _audioSequence = 65_000;
    private ushort _videoSequence = 9;
    private bool _keyframeAsked = true;

    public FlashAndBeep(NativeCodecFactory codecs, int framesPerSecond)
    {
        _frameMs = 1000 / framesPerSecond;
        _audio = codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(64_000, 5, InbandFec: false));
        _video = codecs.CreateVideoEncoder(VideoCodec.Vp8, new VideoEncoderSettings(160, 90, 300_000, framesPerSecond));
        _packetizer = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, new PacketizedFramePool(BufferPool.Shared));
        Sound = new Way(_random);
        Picture = new Way(_random);
    }

    public LegMedia Media { get; } = new(null, null, SendsAudio: true, SendsCamera: true, SendsScreen: false);

    public TimeSpan RoundTripTime => TimeSpan.FromMilliseconds(20);

    public Participant Participant { get; set; } = null!;

    public Way Sound { get; }

    public Way Picture { get; }

    /// <summary>Whether sender reports tie the two streams.</summary>
    public bool Reports { get; set; } = true;

    /// <summary>By how much the wall clock in the picture's reports is wrong.</summary>
    public TimeSpan PictureClockError { get; set; }

    /// <summary>A hum that never stops: no moment is quiet.</summary>
    public bool Hums { get; set; }

    /// <summary>One way through the network: everything in order, after a delay and up to so much jitter.</summary>
    public sealed class Way(Random random)
    {
        private readonly Queue<(MediaTime Arrival, Action<MediaTime> Deliver)> _underway = new();
        private MediaTime _last;

        public int DelayMs { get; set; }

        public int JitterMs { get; set; }

        public void Send(MediaTime now, Action<MediaTime> deliver)
        {
            _last = MediaTime.Max(_last, now + TimeSpan.FromMilliseconds(DelayMs + random.Next(JitterMs + 1)));
            _underway.Enqueue((_last, deliver));
        }

        public void Deliver(MediaTime now)
        {
            while (_underway.TryPeek(out var next) && next.Arrival <= now)
            {
                _underway.Dequeue().Deliver(now);
            }
        }
    }

    /// <summary>One millisecond of capturing, sending and arriving.</summary>
    public void Step(Conference conference, MediaTime now)
    {
        if (_elapsedMs % AudioFrameMs == 0 && _elapsedMs > 0)
        {
            SendSound(conference, now);
        }

        if (_elapsedMs % 1000 % _frameMs == 0)
        {
            SendPicture(conference, now);
        }

        if (Reports && _elapsedMs % ReportMs == ReportMs / 2)
        {
            var ntp = _wall.At(now);
            var wrong = _wall.At(now + PictureClockError);
            Report(Sound, TrackRole.Microphone, new SenderInfo(1, ntp, AudioTimestamp(_elapsedMs), 0, 0), now);
            Report(Picture, TrackRole.Camera, new SenderInfo(2, wrong, VideoTimestamp(_elapsedMs), 0, 0), now);
        }

        Sound.Deliver(now);
        Picture.Deliver(now);
        _elapsedMs++;
    }

    public void SendAudio(PacketizedFrame frame) => throw new InvalidOperationException("It receives nothing.");

    public void SendVideo(PacketizedFrame frame) => throw new InvalidOperationException("It receives nothing.");

    public void RequestKeyframe(TrackRole track) => _keyframeAsked = true;

    public void Close(string reason) { }

    public void Dispose()
    {
        _audio.Dispose();
        _video.Dispose();
    }

    private static bool IsSignal(int elapsedMs) => elapsedMs >= 1000 && elapsedMs % 1000 < SignalMs;

    private static uint AudioTimestamp(int elapsedMs) => 4_000_000_000 + ((uint)elapsedMs * 48);

    private static uint VideoTimestamp(int elapsedMs) => 77 + ((uint)elapsedMs * 90);

    private void Report(Way way, TrackRole track, SenderInfo report, MediaTime now) =>
        way.Send(now, arrival => Conference.OnSenderReport(Participant, track, report, arrival));

    /// <summary>The frame whose last sample was captured just now.</summary>
    private void SendSound(Conference conference, MediaTime now)
    {
        var began = _elapsedMs - AudioFrameMs;
        // Both have whole periods in a frame.
        var (frequencyHz, amplitude) = IsSignal(began) ? (1000, 0.3) : (200, Hums ? 0.02 : 0);
        new Tone(frequencyHz, 48_000, amplitude).Next(_pcm);

        var payload = new byte[1500];
        var length = _audio.Encode(_pcm, payload);
        var header = new RtpHeader(111, false, _audioSequence++, AudioTimestamp(began), 1);
        var bytes = Packet(header, payload.AsSpan(0, length));
        Sound.Send(now, arrival => conference.OnAudioRtp(Participant, AudioCodec.Opus, Parse(bytes), null, arrival));
    }

    private void SendPicture(Conference conference, MediaTime now)
    {
        var picture = VideoFramePool.Shared.Rent(160, 90);
        picture.Fill((byte)(IsSignal(_elapsedMs) ? 220 : 40), 128, 128);
        var encoded = _video.Encode(picture, new VideoEncodeRequest(now, _keyframeAsked, null), BufferPool.Shared);
        _keyframeAsked = false;
        picture.Release();
        if (encoded.Buffer is null)
        {
            return;
        }

        var frame = _packetizer.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, now);
        encoded.Buffer.Release();
        for (var i = 0; i < frame.Count; i++)
        {
            var header = new RtpHeader(96, i == frame.MarkerIndex, _videoSequence++, VideoTimestamp(_elapsedMs), 2);
            var bytes = Packet(header, frame[i]);
            Picture.Send(
                now,
                arrival => conference.OnVideoRtp(Participant, TrackRole.Camera, VideoCodec.Vp8, Parse(bytes), ExtensionMap.None, arrival)
            );
        }

        frame.Release();
    }

    private static byte[] Packet(RtpHeader header, ReadOnlySpan<byte> payload)
    {
        var bytes = new byte[1500];
        var writer = new RtpWriter(bytes, header);
        return bytes[..writer.AddPayload(payload)];
    }

    private static RtpPacket Parse(byte[] bytes)
    {
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        return packet;
    }
}
