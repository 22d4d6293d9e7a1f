using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media.Codecs;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>Managed bytes allocated in steady state per audio tick and per composed frame.</summary>
internal sealed class AllocationScenario : IScenario
{
    private static readonly LegMedia Talker = new(AudioCodec.Opus, null, SendsAudio: true, SendsCamera: false, SendsScreen: false);
    private static readonly LegMedia Sender = new(null, VideoCodec.Vp8, SendsAudio: false, SendsCamera: true, SendsScreen: false);

    public string Name => "allocation";

    public Task RunAsync(Report report)
    {
        report.Add(
            Name,
            "per audio tick, 10 participants (10 packets in, 10 out)",
            Measure(Talker, bench => bench.AudioStep()),
            "bytes",
            "0"
        );
        report.Add(Name, "per composed frame, 3 participants", Measure(Sender, bench => bench.VideoStep(30)), "bytes", "0");
        return Task.CompletedTask;
    }

    private static List<double> Measure(LegMedia media, Action<BenchConference> step)
    {
        using var bench = new BenchConference(
            BenchConference.Codecs,
            new ConferenceOptions { CanvasWidth = 640, CanvasHeight = 360 },
            new EncodedClip(BenchConference.Codecs, 320, 180, 30)
        );
        for (var i = 0; i < (media.SendsCamera ? 3 : 10); i++)
        {
            bench.Add(media);
        }

        for (var i = 0; i < 300; i++)
        {
            step(bench);
        }

        List<double> runs = [];
        for (var run = 0; run < 5; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 200; i++)
            {
                step(bench);
            }

            runs.Add((GC.GetAllocatedBytesForCurrentThread() - before) / 200.0);
        }

        return runs;
    }
}
