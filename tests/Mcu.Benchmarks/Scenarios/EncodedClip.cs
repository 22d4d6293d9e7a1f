using Mcu.Codecs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Video;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>A second of speech-like sound in Opus and a loop of moving pictures in VP8, encoded once and replayed by many.</summary>
internal sealed class EncodedClip
{
    private const int Frames = 60;

    public EncodedClip(NativeCodecFactory codecs, int width, int height, int fps)
    {
        using var audio = codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(32_000));
        var tone = new Tone(220, 48_000, 0.2);
        var pcm = new float[960];
        var payload = new byte[1500];
        for (var i = 0; i < 50; i++)
        {
            tone.Next(pcm);
            Audio.Add(payload.AsSpan(0, audio.Encode(pcm, payload)).ToArray());
        }

        using var video = codecs.CreateVideoEncoder(VideoCodec.Vp8, new VideoEncoderSettings(width, height, 800_000, fps));
        var packetizer = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, new PacketizedFramePool(BufferPool.Shared));
        var picture = new MovingPicture(7);
        for (var i = 0; i < Frames; i++)
        {
            var time = MediaTime.FromMilliseconds(i * 1000.0 / fps);
            var frame = picture.Take(VideoFramePool.Shared, width, height, i);
            var encoded = video.Encode(frame, new VideoEncodeRequest(time, i == 0, null), BufferPool.Shared);
            frame.Release();
            if (encoded.Buffer is not null)
            {
                Video.Add(packetizer.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, time));
                encoded.Buffer.Release();
            }
        }
    }

    public List<byte[]> Audio { get; } = [];

    /// <summary>Frames in order; the first is a keyframe, so that the loop may start over.</summary>
    public List<PacketizedFrame> Video { get; } = [];
}
