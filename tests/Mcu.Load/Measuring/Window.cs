using Mcu.Benchmarks.Live;
using Mcu.Load.Clients;
using Mcu.Media;

namespace Mcu.Load.Measuring;

/// <summary>What a run showed in one window of time.</summary>
internal sealed record Result
{
    public required double ServerCores { get; init; }

    public required double GeneratorCores { get; init; }

    public required double ServerMegabytes { get; init; }

    public required double MissedAudioTicks { get; init; }

    public required double GcPauseMs { get; init; }

    /// <summary>Least of all participants.</summary>
    public required double LeastAudioRate { get; init; }

    public required double MedianAudioRate { get; init; }

    /// <summary>Over all participants: lost or reordered packets, timestamps out of step, packets that cannot be decoded.</summary>
    public required long Faults { get; init; }

    public required double LongestSilenceMs { get; init; }

    /// <summary>Least pictures per second of those who receive any.</summary>
    public double? LeastPictureRate { get; init; }

    public required IReadOnlyList<double> DelaysMs { get; init; }

    /// <summary>Turns of the generator that came late: what it measures is then not to be trusted.</summary>
    public required long LateTurns { get; init; }

    /// <summary>Every participant gets its packets and pictures, no tick was missed, and 95 % of sounds arrive within 80 ms.</summary>
    public bool IsGood =>
        LeastAudioRate >= 49.5 && MissedAudioTicks == 0 && (LeastPictureRate ?? 30) >= 29 && (Percentile(DelaysMs, 95) ?? 0) <= 80;

    public static double? Percentile(IReadOnlyList<double> values, int percent) =>
        values.Count == 0 ? null : values.Order().ElementAt(Math.Min(values.Count * percent / 100, values.Count - 1));
}

/// <summary>Measures a stretch of a running load.</summary>
internal static class Window
{
    public static async Task<Result> MeasureAsync(ServerProcess server, LoadEngine engine, TimeSpan length)
    {
        var before = await Usage.TakeAsync(server, engine);
        var start = await engine.InvokeAsync(() => Reset(engine));
        var late = engine.LateTurns;
        await Task.Delay(length);
        var seen = await engine.InvokeAsync(() => new Seen(engine.Clients, start, (engine.Now - start).TotalSeconds));
        var after = await Usage.TakeAsync(server, engine);
        return new Result
        {
            ServerCores = after.ServerCoresSince(before),
            GeneratorCores = after.GeneratorCoresSince(before),
            ServerMegabytes = server.ResidentMegabytes,
            MissedAudioTicks = after.Counters.MissedAudioTicks - before.Counters.MissedAudioTicks,
            GcPauseMs = (after.Counters.GcPauseSeconds - before.Counters.GcPauseSeconds) * 1000,
            LeastAudioRate = seen.AudioRates[0],
            MedianAudioRate = seen.AudioRates[seen.AudioRates.Count / 2],
            Faults = seen.Faults,
            LongestSilenceMs = seen.LongestSilenceMs,
            LeastPictureRate = seen.PictureRates.Count > 0 ? seen.PictureRates.Min() : null,
            DelaysMs = seen.DelaysMs,
            LateTurns = engine.LateTurns - late,
        };
    }

    private static MediaTime Reset(LoadEngine engine)
    {
        foreach (var client in engine.Clients)
        {
            client.Sound.Reset();
            client.Picture.Reset();
        }

        return engine.Now;
    }

    /// <summary>What the participants have seen since the window began.</summary>
    private sealed class Seen
    {
        public Seen(IReadOnlyList<LoadClient> clients, MediaTime since, double seconds)
        {
            AudioRates = [.. clients.Select(client => client.Sound.Packets / seconds).Order()];
            PictureRates =
            [
                .. clients.Where(client => client.Plan.ReceivesVideo.Count > 0).Select(client => client.Picture.Frames / seconds),
            ];
            Faults = clients.Sum(client => client.Sound.Gaps + client.Sound.Jumps + client.Picture.Gaps + (client.Ears?.Undecodable ?? 0));
            LongestSilenceMs = clients.Max(client => client.Sound.LongestSilence.TotalMilliseconds);
            var sent = clients.SelectMany(client => client.MarkersSent).Where(at => at >= since).Order().ToList();
            DelaysMs = [.. clients.Where(client => client.Ears is not null).SelectMany(client => Delays(sent, client.Ears!.Markers))];
        }

        public List<double> AudioRates { get; }

        public List<double> PictureRates { get; }

        public long Faults { get; }

        public double LongestSilenceMs { get; }

        public List<double> DelaysMs { get; }

        private static IEnumerable<double> Delays(List<MediaTime> sent, List<MediaTime> heard)
        {
            foreach (var marker in sent)
            {
                var arrival = heard.Find(at => at >= marker);
                if (arrival != default && arrival - marker < TimeSpan.FromMilliseconds(450))
                {
                    yield return (arrival - marker).TotalMilliseconds;
                }
            }
        }
    }
}
