using System.Diagnostics;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>Codecs that add up the time spent inside them, so that what the server adds can be told from what the codecs cost. For one thread.</summary>
internal sealed class TimedCodecs(ICodecFactory inner) : ICodecFactory
{
    /// <summary>Time inside video encoders, decoders and the scaler since the last reset.</summary>
    public TimeSpan Encoding { get; private set; }

    public TimeSpan Decoding { get; private set; }

    public TimeSpan Scaling { get; private set; }

    public int Encodes { get; private set; }

    public TimeSpan Total => Encoding + Decoding + Scaling;

    public IVideoScaler Scaler => new TimedScaler(this, inner.Scaler);

    public void Reset() => (Encoding, Decoding, Scaling, Encodes) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, 0);

    public IAudioDecoder CreateAudioDecoder(AudioCodec codec) => inner.CreateAudioDecoder(codec);

    public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) =>
        inner.CreateAudioEncoder(codec, settings);

    public IVideoDecoder CreateVideoDecoder(VideoCodec codec) => new TimedDecoder(this, inner.CreateVideoDecoder(codec));

    public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings) =>
        new TimedEncoder(this, inner.CreateVideoEncoder(codec, settings));

    private sealed class TimedScaler(TimedCodecs owner, IVideoScaler scaler) : IVideoScaler
    {
        public void Scale(VideoFrame source, PixelRect sourceArea, VideoRotation rotation, VideoFrame target, PixelRect targetArea)
        {
            var start = Stopwatch.GetTimestamp();
            scaler.Scale(source, sourceArea, rotation, target, targetArea);
            owner.Scaling += Stopwatch.GetElapsedTime(start);
        }
    }

    private sealed class TimedDecoder(TimedCodecs owner, IVideoDecoder decoder) : IVideoDecoder
    {
        public VideoCodec Codec => decoder.Codec;

        public VideoDecodeStatus Decode(ReadOnlySpan<byte> frame, VideoFramePool pool, out VideoFrame? picture)
        {
            var start = Stopwatch.GetTimestamp();
            var status = decoder.Decode(frame, pool, out picture);
            owner.Decoding += Stopwatch.GetElapsedTime(start);
            return status;
        }

        public void Dispose() => decoder.Dispose();
    }

    private sealed class TimedEncoder(TimedCodecs owner, IVideoEncoder encoder) : IVideoEncoder
    {
        public VideoCodec Codec => encoder.Codec;

        public VideoEncoderSettings Settings => encoder.Settings;

        public EncodedVideo Encode(VideoFrame picture, in VideoEncodeRequest request, BufferPool pool)
        {
            var start = Stopwatch.GetTimestamp();
            var encoded = encoder.Encode(picture, request, pool);
            owner.Encoding += Stopwatch.GetElapsedTime(start);
            owner.Encodes++;
            return encoded;
        }

        public void SetRate(int bitrateBps, double framesPerSecond) => encoder.SetRate(bitrateBps, framesPerSecond);

        public void SetSpeed(int speed) => encoder.SetSpeed(speed);

        public void Dispose() => encoder.Dispose();
    }
}
