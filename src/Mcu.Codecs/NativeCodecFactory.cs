using Mcu.Codecs.Audio;
using Mcu.Codecs.Video;
using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Mcu.Native;

namespace Mcu.Codecs;

/// <summary>Opens codecs of the native library: libopus, libavcodec, libvpx, libx264 and libyuv; G.711 is managed. Thread-safe.</summary>
public sealed class NativeCodecFactory : ICodecFactory
{
    /// <exception cref="InvalidOperationException">The native library is from another build.</exception>
    /// <exception cref="DllNotFoundException">The native library is missing.</exception>
    public NativeCodecFactory() => NativeLibraryInfo.Verify();

    public IVideoScaler Scaler { get; } = new NativeVideoScaler();

    public IAudioDecoder CreateAudioDecoder(AudioCodec codec) =>
        codec switch
        {
            AudioCodec.Opus => new OpusDecoder(),
            AudioCodec.G722 => new G722Decoder(),
            AudioCodec.Pcmu => new G711Decoder(G711Law.Mu),
            AudioCodec.Pcma => new G711Decoder(G711Law.A),
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "There is no such audio codec."),
        };

    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its documented range.</exception>
    public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) =>
        codec switch
        {
            AudioCodec.Opus => new OpusEncoder(settings),
            AudioCodec.G722 => new G722Encoder(),
            AudioCodec.Pcmu => new G711Encoder(G711Law.Mu),
            AudioCodec.Pcma => new G711Encoder(G711Law.A),
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "There is no such audio codec."),
        };

    public IVideoDecoder CreateVideoDecoder(VideoCodec codec) => new NativeVideoDecoder(codec);

    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its documented range.</exception>
    public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings) => new NativeVideoEncoder(codec, settings);
}
