using System.Diagnostics;
using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media.Codecs;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>
/// What the server adds to its codecs: four senders of 640x360 at 30 fps, composed to 1280x720 and encoded for a watcher; all work of the
/// video path (RTP in, assembly, decode, composition, encode, packetization) against the time inside decoder, scaler and encoder alone.
/// </summary>
internal sealed class RenditionScenario : IScenario
{
    private const int Frames = 150;
    private static readonly LegMedia Sender = new(null, null, SendsAudio: false, SendsCamera: true, SendsScreen: false);

    public string Name => "rendition";

    public Task RunAsync(Report report)
    {
        foreach (var codec in (VideoCodec[])[VideoCodec.Vp8, VideoCodec.H264, VideoCodec.Vp9])
        {
            Measure(report, codec);
        }

        return Task.CompletedTask;
    }

    private void Measure(Report report, VideoCodec codec)
    {
        var timed = new TimedCodecs(BenchConference.Codecs);
        using var bench = new BenchConference(timed, new ConferenceOptions(), new EncodedClip(BenchConference.Codecs, 640, 360, 30));
        for (var i = 0; i < 4; i++)
        {
            bench.Add(Sender);
        }

        bench.Add(new LegMedia(null, codec, SendsAudio: false, SendsCamera: false, SendsScreen: false), ParticipantRole.Viewer);
        for (var i = 0; i < 60; i++)
        {
            bench.VideoStep(30);
        }

        List<double> ratios = [];
        List<double> perFrame = [];
        List<double> bare = [];
        for (var run = 0; run < 5; run++)
        {
            timed.Reset();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Frames; i++)
            {
                bench.VideoStep(30);
            }

            var all = Stopwatch.GetElapsedTime(start);
            ratios.Add(all / timed.Total);
            perFrame.Add(all.TotalMilliseconds / Frames);
            bare.Add(timed.Encoding.TotalMilliseconds / timed.Encodes);
        }

        report.Add(Name, $"{codec}: all of the video path / its codecs and scaling", ratios, "x", "<= 1.25");
        report.Add(Name, $"{codec}: all of the video path, per composed frame", perFrame, "ms");
        report.Add(Name, $"{codec}: bare encode, per frame", bare, "ms");
    }
}
