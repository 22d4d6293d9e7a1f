using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Video;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests;

/// <summary>Steady state allocates nothing on the managed heap.</summary>
public sealed class AllocationTests
{
    private const int WarmUp = 60;
    private const int Measured = 200;
    private static readonly NativeCodecFactory Factory = new();

    public static TheoryData<AudioCodec> AudioCodecs => [.. Enum.GetValues<AudioCodec>()];

    public static TheoryData<VideoCodec> VideoCodecs => [.. Enum.GetValues<VideoCodec>()];

    [Theory]
    [MemberData(nameof(AudioCodecs))]
    public void Audio_encode_decode_and_concealment_allocate_nothing(AudioCodec codec)
    {
        using var encoder = Factory.CreateAudioEncoder(codec, new AudioEncoderSettings());
        using var decoder = Factory.CreateAudioDecoder(codec);
        var samples = new Voice(1, encoder.SampleRate).Take(encoder.SampleRate / 50);
        var output = new float[samples.Length];
        var payload = new byte[1276];
        BytesAllocated(i =>
            {
                encoder.SetRate(24000 + i, 0.1);
                var bytes = encoder.Encode(samples, payload);
                decoder.TryRecoverPrevious(payload.AsSpan(0, bytes), output);
                decoder.Decode(payload.AsSpan(0, bytes), output);
                decoder.Conceal(output);
            })
            .ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(VideoCodecs))]
    public void Video_encode_and_decode_allocate_nothing(VideoCodec codec)
    {
        using var encoder = Factory.CreateVideoEncoder(codec, new VideoEncoderSettings(160, 96, 200_000, 30));
        using var decoder = Factory.CreateVideoDecoder(codec);
        var frames = new VideoFramePool();
        var buffers = new BufferPool();
        var film = new MovingPicture(2);
        var source = frames.Rent(160, 96);
        var map = new MacroblockMap(160, 96);
        map.Mark(new PixelRect(0, 0, 64, 64));
        BytesAllocated(i =>
            {
                film.Draw(source, i);
                encoder.SetRate(200_000 + i, 30);
                var request = new VideoEncodeRequest(MediaTime.FromMilliseconds(33 * i), i % 50 == 0, map);
                var encoded = encoder.Encode(source, request, buffers);
                if (encoded.Buffer is not null)
                {
                    decoder.Decode(encoded.Buffer.Span, frames, out var picture);
                    picture?.Release();
                    encoded.Buffer.Release();
                }
            })
            .ShouldBe(0);
    }

    [Theory]
    [InlineData(VideoRotation.None)]
    [InlineData(VideoRotation.Clockwise90)]
    public void Scaling_allocates_nothing(VideoRotation rotation)
    {
        var frames = new VideoFramePool();
        var source = new MovingPicture(1).Take(frames, 320, 240, 0);
        var target = frames.Rent(160, 120);
        var scaler = Factory.Scaler;
        BytesAllocated(_ => scaler.Scale(source, new PixelRect(0, 0, 320, 240), rotation, target, new PixelRect(0, 0, 160, 120)))
            .ShouldBe(0);
    }

    private static long BytesAllocated(Action<int> work)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            work(i);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = WarmUp; i < WarmUp + Measured; i++)
        {
            work(i);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
