using Mcu.Codecs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Recording.Containers;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Video;

namespace Mcu.Recording.Tests;

/// <summary>A few seconds of encoded pictures and sound. Of the pictures some are missing, as of a canvas that does not change.</summary>
internal sealed class Footage
{
    public const int Width = 320;
    public const int Height = 180;
    private const int FramesPerSecond = 25;

    public readonly record struct Frame(byte[] Bytes, TimeSpan Time, bool IsKeyframe);

    public List<Frame> Pictures { get; } = [];

    public List<Frame> Sounds { get; } = [];

    public TimeSpan Length { get; private init; }

    public static Footage Of(VideoCodec codec, double seconds)
    {
        var footage = new Footage { Length = TimeSpan.FromSeconds(seconds) };
        var codecs = new NativeCodecFactory();
        using var video = codecs.CreateVideoEncoder(codec, new VideoEncoderSettings(Width, Height, 300_000, FramesPerSecond));
        using var audio = codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(32_000, 2, InbandFec: false));
        var packetizer = VideoPayloads.CreatePacketizer(codec, new PacketizedFramePool(BufferPool.Shared));
        var depacketizer = VideoPayloads.CreateDepacketizer(codec);
        var picture = new MovingPicture(3);
        for (var i = 0; i < seconds * FramesPerSecond; i++)
        {
            if (i % 10 is 7 or 8)
            {
                continue;
            }

            var time = TimeSpan.FromMilliseconds(i * 40);
            var frame = picture.Take(VideoFramePool.Shared, Width, Height, i);
            var encoded = video.Encode(frame, new VideoEncodeRequest(MediaTime.Zero + time, i % 50 == 0, null), BufferPool.Shared);
            frame.Release();
            var packets = packetizer.Packetize(encoded.Buffer!.Span, encoded.IsKeyframe, MediaTime.Zero + time);
            encoded.Buffer.Release();
            footage.Pictures.Add(new Frame(Join(packets, depacketizer), time, encoded.IsKeyframe));
            packets.Release();
        }

        var tone = new Tone(440, 48_000, 0.2);
        var pcm = new float[960];
        var packet = new byte[1500];
        for (var i = 0; i < seconds * 50; i++)
        {
            tone.Next(pcm);
            footage.Sounds.Add(new Frame(packet[..audio.Encode(pcm, packet)], TimeSpan.FromMilliseconds(i * 20), IsKeyframe: true));
        }

        return footage;
    }

    private static byte[] Join(PacketizedFrame packets, IVideoDepacketizer depacketizer)
    {
        var bytes = new byte[packets.TotalBytes * 2 + 64];
        var length = 0;
        for (var i = 0; i < packets.Count; i++)
        {
            length += depacketizer.Append(packets[i], bytes.AsSpan(length));
        }

        return bytes[..length];
    }

    /// <summary>All of it through a muxer, cut every <paramref name="fragmentMs"/>; gives the file, and where its pieces ended.</summary>
    public byte[] Mux(IMuxer muxer, int fragmentMs, out List<int> cuts)
    {
        var output = new ByteWriter();
        cuts = [];
        var (picture, sound) = (0, 0);
        for (var end = TimeSpan.Zero; end <= Length; end += TimeSpan.FromMilliseconds(fragmentMs))
        {
            // A little more is there than is written, as while recording.
            var there = end + TimeSpan.FromMilliseconds(250);
            for (; picture < Pictures.Count && Pictures[picture].Time < there; picture++)
            {
                var (bytes, time, isKeyframe) = Pictures[picture];
                muxer.AddVideo(bytes, time, isKeyframe, new PictureSize(Width, Height));
            }

            for (; sound < Sounds.Count && Sounds[sound].Time < there; sound++)
            {
                muxer.AddAudio(Sounds[sound].Bytes, Sounds[sound].Time);
            }

            muxer.Cut(end, output).ShouldBeTrue();
            cuts.Add(output.Length);
        }

        var patches = muxer.Finish(Length, output);
        cuts.Add(output.Length);
        var file = output.Written.ToArray();
        foreach (var patch in patches)
        {
            patch.Bytes.Span.CopyTo(file.AsSpan((int)patch.Offset));
        }

        return file;
    }
}
