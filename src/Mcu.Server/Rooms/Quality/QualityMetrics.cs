using System.Diagnostics.Metrics;

namespace Mcu.Server.Rooms.Quality;

/// <summary>What connections are like, over all participants of all rooms: the meter "Mcu.Quality". One value per participant and 2 s.</summary>
internal static class QualityMetrics
{
    private static readonly Meter s_meter = new("Mcu.Quality");
    private static readonly double[] s_bitsPerSecond = [16e3, 32e3, 64e3, 100e3, 150e3, 250e3, 500e3, 1e6, 2e6, 4e6, 8e6];
    private static readonly double[] s_seconds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2];
    private static readonly double[] s_shares = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];
    private static readonly double[] s_pixels = [90, 180, 270, 360, 540, 720, 1080];

    private static readonly Histogram<double> s_roundTrip = Create("rtt", "s", s_seconds, "Round trip to participants");
    private static readonly Histogram<double> s_estimate = Create("down.estimate", "bit/s", s_bitsPerSecond, "What paths to them carry");
    private static readonly Histogram<double> s_downBitrate = Create("down.bitrate", "bit/s", s_bitsPerSecond, "Sent to each");
    private static readonly Histogram<double> s_downLoss = Create(
        "down.loss",
        "1",
        s_shares,
        "Share lost on the way to them, before repair"
    );
    private static readonly Histogram<double> s_downJitter = Create("down.jitter", "s", s_seconds, "Jitter on the way to them");
    private static readonly Histogram<double> s_queue = Create("down.queue", "s", s_seconds, "How long packets wait before they are sent");
    private static readonly Histogram<double> s_picture = Create(
        "down.picture.height",
        "{pixel}",
        s_pixels,
        "Height of the picture each gets"
    );
    private static readonly Histogram<double> s_upBitrate = Create("up.bitrate", "bit/s", s_bitsPerSecond, "Received from each");
    private static readonly Histogram<double> s_upLoss = Create("up.loss", "1", s_shares, "Share lost on the way from them, before repair");
    private static readonly Histogram<double> s_upJitter = Create("up.jitter", "s", s_seconds, "Jitter on the way from them");
    private static readonly Histogram<double> s_delay = Create("up.delay", "s", s_seconds, "How long their sound is held against jitter");
    private static readonly Histogram<double> s_concealed = Create("up.concealed", "1", s_shares, "Share of their sound that is made up");

    public static void Record(in ParticipantQuality quality)
    {
        const double ms = 1e-3;
        var (down, up) = (quality.Down, quality.Up);
        Record(s_roundTrip, quality.RttMs * ms);
        Record(s_estimate, down.EstimateBps);
        Record(s_downBitrate, down.BitrateBps);
        Record(s_downLoss, down.LossFraction);
        Record(s_downJitter, down.JitterMs * ms);
        Record(s_queue, down.QueueDelayMs * ms);
        Record(s_picture, down.Picture?.Height);
        Record(s_upBitrate, up.BitrateBps);
        Record(s_upLoss, up.LossFraction);
        Record(s_upJitter, up.JitterMs * ms);
        Record(s_delay, up.DelayMs * ms);
        Record(s_concealed, up.ConcealedFraction);
    }

    private static void Record(Histogram<double> histogram, double? value)
    {
        if (value is { } known)
        {
            histogram.Record(known);
        }
    }

    private static Histogram<double> Create(string name, string unit, double[] boundaries, string description) =>
        s_meter.CreateHistogram(
            $"mcu.quality.{name}",
            unit,
            description,
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries }
        );
}
