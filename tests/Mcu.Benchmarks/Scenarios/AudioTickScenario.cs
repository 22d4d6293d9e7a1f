using System.Diagnostics;
using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media.Codecs;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>What one 20 ms audio tick costs: everybody sends and hears; and with three talkers among listeners.</summary>
internal sealed class AudioTickScenario : IScenario
{
    private const int Ticks = 250;
    private static readonly LegMedia Talker = new(AudioCodec.Opus, null, SendsAudio: true, SendsCamera: false, SendsScreen: false);
    private static readonly LegMedia Listener = Talker with { SendsAudio = false };

    public string Name => "audio-tick";

    public Task RunAsync(Report report)
    {
        foreach (var participants in (int[])[10, 50, 200])
        {
            report.Add(Name, $"{participants} participants, all sending", Measure(participants, participants), "ms");
            report.Add(Name, $"{participants} participants, 3 sending", Measure(participants, 3), "ms");
        }

        return Task.CompletedTask;
    }

    private static List<double> Measure(int participants, int talkers)
    {
        using var bench = new BenchConference(
            BenchConference.Codecs,
            new ConferenceOptions(),
            new EncodedClip(BenchConference.Codecs, 320, 180, 15)
        );
        for (var i = 0; i < participants; i++)
        {
            bench.Add(i < talkers ? Talker : Listener);
        }

        for (var i = 0; i < 50; i++)
        {
            bench.AudioStep();
        }

        var runs = new List<double>();
        for (var run = 0; run < 5; run++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Ticks; i++)
            {
                bench.AudioStep();
            }

            runs.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / Ticks);
        }

        return runs;
    }
}
