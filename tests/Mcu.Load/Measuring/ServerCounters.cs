namespace Mcu.Load.Measuring;

/// <summary>Counters of <c>GET /metrics</c> that tell whether the server keeps up, and where its time goes.</summary>
internal sealed record ServerCounters
{
    public required double AudioTicks { get; init; }

    public required double MissedAudioTicks { get; init; }

    public required double GcPauseSeconds { get; init; }

    /// <summary>Processor time inside native codecs and the scaler, by kind of work.</summary>
    public required IReadOnlyDictionary<string, double> CodecSeconds { get; init; }

    /// <summary>How long video jobs waited for a thread.</summary>
    public required IReadOnlyList<Bucket> JobWait { get; init; }

    /// <summary>How far video is reduced at this moment: 1 not at all.</summary>
    public required int VideoReduction { get; init; }

    public static ServerCounters From(MetricsPage page) =>
        new()
        {
            AudioTicks = page.Sum("mcu_audio_ticks_total"),
            MissedAudioTicks = page.Sum("mcu_audio_ticks_missed_total"),
            GcPauseSeconds = page.Sum("dotnet_gc_pause_time_seconds_total"),
            CodecSeconds = page.SumBy("mcu_codec_cpu_seconds_total", "kind"),
            JobWait = page.Buckets("mcu_video_jobs_wait_seconds"),
            VideoReduction = (int)page.Sum("mcu_video_reduction"),
        };

    /// <summary>What was counted since an earlier moment.</summary>
    public ServerCounters Since(ServerCounters before) =>
        new()
        {
            AudioTicks = AudioTicks - before.AudioTicks,
            MissedAudioTicks = MissedAudioTicks - before.MissedAudioTicks,
            GcPauseSeconds = GcPauseSeconds - before.GcPauseSeconds,
            CodecSeconds = CodecSeconds.ToDictionary(
                kind => kind.Key,
                kind => kind.Value - before.CodecSeconds.GetValueOrDefault(kind.Key),
                StringComparer.Ordinal
            ),
            JobWait = [.. JobWait.Select(bucket => bucket with { Count = bucket.Count - CountUpTo(before.JobWait, bucket.UpTo) })],
            VideoReduction = VideoReduction,
        };

    private static double CountUpTo(IReadOnlyList<Bucket> buckets, double bound) =>
        buckets.Where(bucket => bucket.UpTo.Equals(bound)).Sum(bucket => bucket.Count);
}
