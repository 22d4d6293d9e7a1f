using BenchmarkDotNet.Attributes;
using Mcu.Codecs;
using Mcu.Media.Video;
using Mcu.Mixing.Audio;
using Mcu.Mixing.Video;
using Mcu.Rtp;
using Mcu.TestKit.Audio;
using Mcu.WebRtc.Srtp;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>One benchmark per inner loop.</summary>
public class Kernels
{
    private const int Talkers = 10;

    private readonly byte[] _packet = new byte[1200 + SrtpSession.MaxTrailer];
    private readonly float[] _voice = new float[960];
    private readonly float[] _mix = new float[960];
    private readonly AudioMixer _mixer = new(Talkers);
    private readonly Limiter _limiter = new();
    private readonly Scene _scene = new();
    private SrtpSession _srtp = null!;
    private IVideoScaler _scaler = null!;
    private Compositor _compositor = null!;
    private VideoFrame _source = null!;
    private VideoFrame _same = null!;
    private VideoFrame _large = null!;
    private ushort _sequence;

    [GlobalSetup]
    public void Setup()
    {
        var codecs = new NativeCodecFactory();
        _srtp = new SrtpSession(SrtpProfile.AeadAes128Gcm, new byte[28], new byte[28]);
        _scaler = codecs.Scaler;
        _source = VideoFramePool.Shared.Rent(640, 360);
        _source.Fill(90, 110, 140);
        _same = VideoFramePool.Shared.Rent(640, 360);
        _large = VideoFramePool.Shared.Rent(1280, 720);
        new Tone(440, 48_000, 0.7).Next(_voice);
        new RtpWriter(_packet, new RtpHeader(96, true, 1, 2, 3)).AddPayload(new byte[1188]);
        _compositor = new Compositor(1280, 720, _scaler, VideoFramePool.Shared, new OverlayRenderer());
        for (var i = 0; i < 4; i++)
        {
            ref var tile = ref _scene.Add(new PixelRect(i % 2 * 640, i / 2 * 360, 640, 360));
            (tile.SourceId, tile.Frame, tile.Name) = (i, _source, $"Participant {i}");
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _srtp.Dispose();
        _compositor.Dispose();
        _source.Release();
        _same.Release();
        _large.Release();
    }

    [Benchmark(Description = "RTP parse, 1200 bytes")]
    public int RtpParse() => RtpPacket.TryParse(_packet.AsSpan(0, 1200), out var packet) ? packet.Payload.Length : 0;

    [Benchmark(Description = "SRTP protect, 1200 bytes")]
    public int SrtpProtect()
    {
        // The same packet again under the next number; its header is in the clear.
        (_packet[2], _packet[3]) = ((byte)(_sequence >> 8), (byte)_sequence);
        (_packet[0], _sequence) = (0x80, (ushort)(_sequence + 1));
        return _srtp.ProtectRtp(_packet, 1200);
    }

    [Benchmark(Description = "mixer tick, 10 talkers, 10 mixes without oneself")]
    public void MixerTick()
    {
        _mixer.Begin(960);
        for (var i = 0; i < Talkers; i++)
        {
            _mixer.Add(i, _voice);
        }

        for (var i = 0; i < Talkers; i++)
        {
            _mixer.MixMinus(i, _mix);
        }
    }

    [Benchmark(Description = "limiter, 20 ms, limiting")]
    public void Limit()
    {
        for (var i = 0; i < _mix.Length; i++)
        {
            _mix[i] = 2 * _voice[i];
        }

        _limiter.Process(_mix);
    }

    [Benchmark(Description = "scaler, 640x360 to 640x360")]
    public void ScaleSame() => Scale(_same);

    [Benchmark(Description = "scaler, 640x360 to 1280x720")]
    public void ScaleUp() => Scale(_large);

    [Benchmark(Description = "compositor, one of four tiles changed")]
    public bool Compose()
    {
        _scene.Tiles[0].FrameVersion++;
        return _compositor.Compose(_scene);
    }

    private void Scale(VideoFrame target) =>
        _scaler.Scale(_source, new PixelRect(0, 0, 640, 360), VideoRotation.None, target, new PixelRect(0, 0, target.Width, target.Height));
}
