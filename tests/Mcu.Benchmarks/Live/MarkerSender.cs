using System.Collections.Concurrent;
using Mcu.Codecs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.TestKit.Audio;
using Mcu.Transport;

namespace Mcu.Benchmarks.Live;

/// <summary>
/// A participant that sends silence and a grey picture or, as the one with markers, a burst of 60 ms of 1 kHz and a picture that turns
/// from black to white or back, both every 500 ms; notes when the packet with a burst's first sample and the first packet of a turned picture were sent.
/// </summary>
internal sealed class MarkerSender : IDisposable
{
    private const int AudioPeriod = 25; // packets of 20 ms
    private const int BurstPackets = 3;
    private const int VideoPeriod = 15; // pictures, at 30 a second
    private const int Width = 640;
    private const int Height = 360;

    private readonly bool _marks;
    private readonly IAudioEncoder _audio;
    private readonly IVideoEncoder _video;
    private readonly PacketizedFramePool _pool = new(BufferPool.Shared);
    private readonly AudioPacketizer _audioPackets;
    private readonly IVideoPacketizer _videoPackets;
    private readonly Tone _tone = new(1000, 48_000, 0.5);
    private readonly float[] _pcm = new float[960];
    private readonly byte[] _payload = new byte[1500];
    private readonly PacedThread _audioThread;
    private readonly PacedThread _videoThread;
    private MediaTime _audioTime;
    private int _packets;
    private int _pictures;

    public MarkerSender(MediaClock clock, NativeCodecFactory codecs, bool marks)
    {
        _marks = marks;
        _audio = codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(48_000, InbandFec: false));
        _video = codecs.CreateVideoEncoder(VideoCodec.Vp8, new VideoEncoderSettings(Width, Height, 800_000, 30, Speed: 10));
        _audioPackets = new AudioPacketizer(_pool);
        _videoPackets = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, _pool);
        _audioTime = clock.Now;
        Client = new LiveClient(clock, MediaDirection.SendRecv, MediaDirection.SendRecv, static (_, in _, _) => { });
        _audioThread = new PacedThread("sounds", clock, TimeSpan.FromMilliseconds(20), Sound);
        _videoThread = new PacedThread("pictures", clock, TimeSpan.FromSeconds(1.0 / 30), Picture);
    }

    public LiveClient Client { get; }

    /// <summary>When the markers were sent.</summary>
    public ConcurrentQueue<MediaTime> Bursts { get; } = new();

    public ConcurrentQueue<MediaTime> Flashes { get; } = new();

    public void Dispose()
    {
        _audioThread.Dispose();
        _videoThread.Dispose();
        Client.Dispose();
        _audio.Dispose();
        _video.Dispose();
    }

    private void Sound(MediaTime now)
    {
        var place = _packets++ % AudioPeriod;
        _pcm.AsSpan().Clear();
        if (_marks && place < BurstPackets)
        {
            _tone.Next(_pcm);
        }

        var length = _audio.Encode(_pcm, _payload);
        var sent = Client.Send(MediaPurpose.Audio, _audioPackets.Packetize(_payload.AsSpan(0, length), _audioTime));
        _audioTime += TimeSpan.FromMilliseconds(20);
        if (_marks && place == 0)
        {
            Bursts.Enqueue(sent);
        }
    }

    private void Picture(MediaTime now)
    {
        var index = _pictures++;
        var picture = VideoFramePool.Shared.Rent(Width, Height);
        byte luma =
            !_marks ? (byte)128
            : index / VideoPeriod % 2 == 0 ? (byte)16
            : (byte)235;
        picture.Fill(luma, 128, 128);
        var encoded = _video.Encode(picture, new VideoEncodeRequest(now, Client.TakeKeyframeRequest(), null), BufferPool.Shared);
        picture.Release();
        if (encoded.Buffer is null)
        {
            return;
        }

        var sent = Client.Send(MediaPurpose.Video, _videoPackets.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, now));
        encoded.Buffer.Release();
        if (_marks && index % VideoPeriod == 0)
        {
            Flashes.Enqueue(sent);
        }
    }
}
