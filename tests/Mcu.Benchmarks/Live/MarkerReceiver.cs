using System.Collections.Concurrent;
using Mcu.Codecs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Transport;

namespace Mcu.Benchmarks.Live;

/// <summary>
/// A participant that decodes mix and composite and notes when the packet (for pictures: the last packet of the frame) came that first
/// shows a marker. Decoding is on a thread of its own: the times are those of the socket.
/// </summary>
internal sealed class MarkerReceiver : IDisposable
{
    private const float LoudPeak = 0.02f;
    private const double FlashLuma = 25; // change of the whole canvas's mean
    private static readonly TimeSpan Refractory = TimeSpan.FromMilliseconds(250);

    private readonly IAudioDecoder _audio;
    private readonly IVideoDecoder _video;
    private readonly VideoFrameAssembler _frames = new(VideoCodec.Vp8, BufferPool.Shared);
    private readonly BlockingCollection<(byte[]? Sound, AssembledFrame Picture, MediaTime Arrival)> _work = [];
    private readonly Thread _decoder;
    private readonly float[] _pcm = new float[5760];
    private double _luma = double.NaN;
    private MediaTime _lastBurst;
    private MediaTime _lastFlash;

    public MarkerReceiver(MediaClock clock, NativeCodecFactory codecs)
    {
        _audio = codecs.CreateAudioDecoder(AudioCodec.Opus);
        _video = codecs.CreateVideoDecoder(VideoCodec.Vp8);
        _decoder = new Thread(Decode) { Name = "markers", IsBackground = true };
        _decoder.Start();
        Client = new LiveClient(clock, MediaDirection.RecvOnly, MediaDirection.RecvOnly, Receive);
    }

    public LiveClient Client { get; }

    public ConcurrentQueue<MediaTime> Bursts { get; } = new();

    public ConcurrentQueue<MediaTime> Flashes { get; } = new();

    public void Dispose()
    {
        Client.Dispose();
        _work.CompleteAdding();
        _decoder.Join();
        _work.Dispose();
        _frames.Dispose();
        _audio.Dispose();
        _video.Dispose();
    }

    private void Receive(MediaPurpose track, in RtpPacket packet, MediaTime arrival)
    {
        if (track == MediaPurpose.Audio)
        {
            _work.Add((packet.Payload.ToArray(), default, arrival));
            return;
        }

        _frames.Insert(packet, arrival);
        while (_frames.TryTake(arrival, out var frame))
        {
            _work.Add((null, frame, frame.LastArrival));
        }

        if (_frames.KeyframeNeeded)
        {
            Client.RequestKeyframe();
        }
    }

    private void Decode()
    {
        foreach (var (sound, picture, arrival) in _work.GetConsumingEnumerable())
        {
            if (sound is not null)
            {
                Listen(sound, arrival);
            }
            else
            {
                Look(picture, arrival);
            }
        }
    }

    private void Listen(byte[] sound, MediaTime arrival)
    {
        var samples = _pcm.AsSpan(0, _audio.Decode(sound, _pcm));
        foreach (var sample in samples)
        {
            if (Math.Abs(sample) > LoudPeak)
            {
                Note(Bursts, ref _lastBurst, arrival);
                return;
            }
        }
    }

    private void Look(AssembledFrame encoded, MediaTime arrival)
    {
        _video.Decode(encoded.Data.Span, VideoFramePool.Shared, out var picture);
        encoded.Data.Release();
        if (picture is null)
        {
            return;
        }

        long sum = 0;
        foreach (var luma in picture.Y)
        {
            sum += luma;
        }

        var mean = (double)sum / picture.Y.Length;
        picture.Release();
        if (Math.Abs(mean - _luma) > FlashLuma)
        {
            Note(Flashes, ref _lastFlash, arrival);
        }

        _luma = mean;
    }

    private static void Note(ConcurrentQueue<MediaTime> markers, ref MediaTime last, MediaTime arrival)
    {
        if (arrival - last > Refractory)
        {
            markers.Enqueue(arrival);
            last = arrival;
        }
    }
}
