using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Video;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests;

/// <summary>The processor time that native codecs take is counted by kind of work. Other tests add to it at the same time, so it only grows.</summary>
public sealed class CodecTimeTests
{
    private static readonly NativeCodecFactory Factory = new();

    [Fact]
    public void Every_kind_of_work_is_counted()
    {
        var before = Seconds();
        Sound();
        Pictures();
        var after = Seconds();
        string[] kinds = ["audio_decode", "audio_encode", "video_decode", "video_encode", "scale"];
        kinds.Where(kind => after[kind] <= before[kind]).ShouldBeEmpty();
    }

    private static Dictionary<string, double> Seconds()
    {
        var found = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "mcu.codec.cpu")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => found[(string)tags[0].Value!] = seconds);
        listener.Start();
        listener.RecordObservableInstruments();
        return new Dictionary<string, double>(found);
    }

    private static void Sound()
    {
        using var encoder = Factory.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings());
        using var decoder = Factory.CreateAudioDecoder(AudioCodec.Opus);
        var samples = new Voice(1, 48_000).Take(960);
        var payload = new byte[1276];
        decoder.Decode(payload.AsSpan(0, encoder.Encode(samples, payload)), samples);
    }

    private static void Pictures()
    {
        var frames = new VideoFramePool();
        using var encoder = Factory.CreateVideoEncoder(VideoCodec.Vp8, new VideoEncoderSettings(160, 96, 200_000, 30));
        using var decoder = Factory.CreateVideoDecoder(VideoCodec.Vp8);
        var source = new MovingPicture(1).Take(frames, 160, 96, 0);
        var encoded = encoder.Encode(source, new VideoEncodeRequest(MediaTime.Zero, true, null), new BufferPool());
        decoder.Decode(encoded.Buffer!.Span, frames, out var picture).ShouldBe(VideoDecodeStatus.Picture);
        Factory.Scaler.Scale(picture!, new PixelRect(0, 0, 160, 96), VideoRotation.None, source, new PixelRect(0, 0, 80, 48));
        picture!.Release();
        encoded.Buffer.Release();
        source.Release();
    }
}
