using System.Buffers.Binary;
using Mcu.Media.Codecs;
using Mcu.Media.Video;

namespace Mcu.Conference.Tests;

/// <summary>
/// Passes for Opus, and takes hardly any time: a payload says which part of a sound it is. What is concealed is silence, so that it is heard.
/// </summary>
/// <param name="sound">At 48 kHz, repeated without end.</param>
internal sealed class PlainCodecs(float[] sound) : ICodecFactory
{
    public const int PayloadLength = 12;

    public IVideoScaler Scaler => throw new NotSupportedException("Sound only.");

    /// <summary>The payload that stands for a part of the sound.</summary>
    public static void Encode(long start, int samples, Span<byte> payload)
    {
        BinaryPrimitives.WriteInt64LittleEndian(payload, start);
        BinaryPrimitives.WriteInt32LittleEndian(payload[8..], samples);
    }

    public IAudioDecoder CreateAudioDecoder(AudioCodec codec) => new Decoder(sound);

    public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) =>
        throw new NotSupportedException("Nothing is encoded.");

    public IVideoDecoder CreateVideoDecoder(VideoCodec codec) => throw new NotSupportedException("Sound only.");

    public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings) =>
        throw new NotSupportedException("Sound only.");

    private sealed class Decoder(float[] sound) : IAudioDecoder
    {
        public AudioCodec Codec => AudioCodec.Opus;

        public int SampleRate => 48_000;

        public int SamplesIn(ReadOnlySpan<byte> payload) => BinaryPrimitives.ReadInt32LittleEndian(payload[8..]);

        public int Decode(ReadOnlySpan<byte> payload, Span<float> samples)
        {
            var count = SamplesIn(payload);
            var at = (int)(BinaryPrimitives.ReadInt64LittleEndian(payload) % sound.Length);
            for (var rest = samples[..count]; !rest.IsEmpty; at = 0)
            {
                var part = sound.AsSpan(at, Math.Min(rest.Length, sound.Length - at));
                part.CopyTo(rest);
                rest = rest[part.Length..];
            }

            return count;
        }

        public bool TryRecoverPrevious(ReadOnlySpan<byte> nextPayload, Span<float> samples) => false;

        public void Conceal(Span<float> samples) => samples.Clear();

        public void Dispose() { }
    }
}
