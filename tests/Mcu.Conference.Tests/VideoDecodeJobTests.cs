using Mcu.Codecs;
using Mcu.Conference.Video;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp.Receive;
using Mcu.TestKit.Video;

namespace Mcu.Conference.Tests;

public sealed class VideoDecodeJobTests
{
    [Fact]
    public void A_decoder_with_a_bug_costs_frames_and_not_the_camera()
    {
        var buffers = new BufferPool();
        var pool = new VideoFramePool();
        var scheduler = new VirtualScheduler { HoldJobs = true };
        var codecs = new FailingOnce();
        var job = new VideoDecodeJob(codecs, scheduler, pool);

        job.TrySubmit(VideoCodec.Vp8, Keyframe(codecs, buffers), MediaTime.Zero).ShouldBeTrue();
        Should.Throw<InvalidOperationException>(scheduler.RunHeld);
        job.TakeDamaged().ShouldBeTrue();
        buffers.Outstanding.ShouldBe(0);

        job.TrySubmit(VideoCodec.Vp8, Keyframe(codecs, buffers), MediaTime.Zero).ShouldBeTrue();
        scheduler.RunHeld();
        job.TryTake(out var picture).ShouldBeTrue();
        picture.Release();

        job.Close(MediaTime.Zero);
        scheduler.RunHeld();
        buffers.Outstanding.ShouldBe(0);
    }

    private static AssembledFrame Keyframe(ICodecFactory codecs, BufferPool buffers)
    {
        using var encoder = codecs.CreateVideoEncoder(VideoCodec.Vp8, new VideoEncoderSettings(320, 180, 400_000, 15));
        var picture = new MovingPicture(1).Take(VideoFramePool.Shared, 320, 180, 0);
        var encoded = encoder.Encode(picture, new VideoEncodeRequest(MediaTime.Zero, ForceKeyframe: true, null), buffers);
        picture.Release();
        return new AssembledFrame(encoded.Buffer!, 0, 0, IsKeyframe: true, default, MediaTime.Zero, MediaTime.Zero);
    }

    /// <summary>The real codecs, but that the first decoder cannot be made.</summary>
    private sealed class FailingOnce : ICodecFactory
    {
        private readonly NativeCodecFactory _real = new();
        private bool _failed;

        public IVideoScaler Scaler => _real.Scaler;

        public IAudioDecoder CreateAudioDecoder(AudioCodec codec) => _real.CreateAudioDecoder(codec);

        public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) =>
            _real.CreateAudioEncoder(codec, settings);

        public IVideoDecoder CreateVideoDecoder(VideoCodec codec)
        {
            var fails = !_failed;
            _failed = true;
            return fails ? throw new InvalidOperationException("a bug") : _real.CreateVideoDecoder(codec);
        }

        public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings) =>
            _real.CreateVideoEncoder(codec, settings);
    }
}
