using System.Diagnostics.Metrics;
using Mcu.Server.Rooms.Quality;
using Shouldly;

namespace Mcu.Server.Tests.Quality;

public sealed class QualityMetricsTests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly AsyncLocal<Dictionary<string, double>?> _recorded = new();

    public QualityMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Mcu.Quality")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        // Other tests record too, on threads of their own.
        _listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) =>
            {
                tags.Length.ShouldBe(0, "nobody is named");
                _recorded.Value?.Add(instrument.Name, value);
            }
        );
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void Each_figure_is_recorded_in_its_base_unit()
    {
        Record(
                new ParticipantQuality
                {
                    RttMs = 120,
                    Down = new DownQuality
                    {
                        EstimateBps = 96_000,
                        BitrateBps = 80_000,
                        LossFraction = 0.05,
                        JitterMs = 12,
                        QueueDelayMs = 40,
                        Picture = new PictureQuality
                        {
                            Rung = "180p15",
                            Codec = "VP9",
                            Height = 180,
                        },
                    },
                    Up = new UpQuality
                    {
                        BitrateBps = 30_000,
                        LossFraction = 0.02,
                        JitterMs = 3,
                        DelayMs = 60,
                        ConcealedFraction = 0.01,
                    },
                }
            )
            .ShouldBe(
                new Dictionary<string, double>
                {
                    ["mcu.quality.rtt"] = 0.12,
                    ["mcu.quality.down.estimate"] = 96_000,
                    ["mcu.quality.down.bitrate"] = 80_000,
                    ["mcu.quality.down.loss"] = 0.05,
                    ["mcu.quality.down.jitter"] = 0.012,
                    ["mcu.quality.down.queue"] = 0.04,
                    ["mcu.quality.down.picture.height"] = 180,
                    ["mcu.quality.up.bitrate"] = 30_000,
                    ["mcu.quality.up.loss"] = 0.02,
                    ["mcu.quality.up.jitter"] = 0.003,
                    ["mcu.quality.up.delay"] = 0.06,
                    ["mcu.quality.up.concealed"] = 0.01,
                },
                ignoreOrder: true
            );
    }

    [Fact]
    public void What_is_not_known_is_not_recorded() =>
        Record(default).Keys.ShouldBe(["mcu.quality.down.bitrate", "mcu.quality.up.bitrate"]);

    private Dictionary<string, double> Record(in ParticipantQuality quality)
    {
        var recorded = new Dictionary<string, double>(StringComparer.Ordinal);
        _recorded.Value = recorded;
        QualityMetrics.Record(quality);
        _recorded.Value = null;
        return recorded;
    }
}
