using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;

namespace Mcu.Benchmarks.Network;

/// <summary>The server's codecs, whose video encoders tell <see cref="EncodedPictures"/> what they do.</summary>
internal sealed class TappedCodecs(ICodecFactory inner, EncodedPictures pictures) : ICodecFactory
{
    /// <summary>Of each encoder's canvases one is kept for comparison in so much time.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(250);

    public IVideoScaler Scaler => inner.Scaler;

    public IAudioDecoder CreateAudioDecoder(AudioCodec codec) => inner.CreateAudioDecoder(codec);

    public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) =>
        inner.CreateAudioEncoder(codec, settings);

    public IVideoDecoder CreateVideoDecoder(VideoCodec codec) => inner.CreateVideoDecoder(codec);

    public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings) =>
        new TappedEncoder(inner.CreateVideoEncoder(codec, settings), pictures);

    private sealed class TappedEncoder(IVideoEncoder encoder, EncodedPictures pictures) : IVideoEncoder
    {
        private MediaTime _lastKept = new(long.MinValue / 2);

        public VideoCodec Codec => encoder.Codec;

        public VideoEncoderSettings Settings => encoder.Settings;

        public EncodedVideo Encode(VideoFrame picture, in VideoEncodeRequest request, BufferPool pool)
        {
            var encoded = encoder.Encode(picture, request, pool);
            if (encoded.Buffer is { } buffer)
            {
                var keeps = request.Time - _lastKept >= s_between;
                _lastKept = keeps ? request.Time : _lastKept;
                pictures.Note(buffer.Span, new EncodedPicture(request.Time, Codec, Settings), keeps ? picture : null);
            }

            return encoded;
        }

        public void SetRate(int bitrateBps, double framesPerSecond) => encoder.SetRate(bitrateBps, framesPerSecond);

        public void SetSpeed(int speed) => encoder.SetSpeed(speed);

        public void Dispose() => encoder.Dispose();
    }
}
