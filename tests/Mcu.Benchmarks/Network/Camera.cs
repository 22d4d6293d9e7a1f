using Mcu.Load.Clips;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Benchmarks.Network;

/// <summary>A guest's camera: VP8, 640x360, at most 600 kbit/s and no more than the server asks for; a keyframe when it is asked for one.</summary>
/// <param name="codecs">Encodes.</param>
/// <param name="film">What is before it.</param>
/// <param name="start">Where in the film it begins.</param>
/// <param name="first">When it is switched on.</param>
internal sealed class Camera(ICodecFactory codecs, Film film, int start, MediaTime first) : IDisposable
{
    private const int Width = 640;
    private const int Height = 360;
    private const int MostBps = 600_000;
    private const int LeastBps = 30_000;
    private const int Fastest = 10;

    private readonly IVideoEncoder _encoder = codecs.CreateVideoEncoder(
        VideoCodec.Vp8,
        new VideoEncoderSettings(Width, Height, MostBps, VideoFormat.Rate, Fastest)
    );
    private readonly IVideoPacketizer _packetizer = VideoPayloads.CreatePacketizer(
        VideoCodec.Vp8,
        new PacketizedFramePool(BufferPool.Shared)
    );
    private int _taken;
    private bool _keyframeWanted = true;

    public MediaTime NextDeadline => first + TimeSpan.FromSeconds(_taken / (double)VideoFormat.Rate);

    public void WantKeyframe() => _keyframeWanted = true;

    /// <summary>The server asks for no more than this, in bit/s.</summary>
    public void Limit(long bitrateBps) => _encoder.SetRate((int)Math.Clamp(bitrateBps, LeastBps, MostBps), VideoFormat.Rate);

    /// <summary>The next frame, whose reference is the caller's; null where the encoder left it out.</summary>
    public PacketizedFrame? Take()
    {
        var time = NextDeadline;
        var picture = VideoFramePool.Shared.Rent(Width, Height);
        film.Draw(start + _taken++, picture);
        var encoded = _encoder.Encode(picture, new VideoEncodeRequest(time, _keyframeWanted, null), BufferPool.Shared);
        picture.Release();
        if (encoded.Buffer is not { } buffer)
        {
            return null;
        }

        _keyframeWanted = false;
        var frame = _packetizer.Packetize(buffer.Span, encoded.IsKeyframe, time);
        buffer.Release();
        return frame;
    }

    public void Dispose() => _encoder.Dispose();
}
