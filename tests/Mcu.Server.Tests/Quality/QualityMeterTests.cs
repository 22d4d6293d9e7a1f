using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Server.Rooms.Quality;
using Shouldly;

namespace Mcu.Server.Tests.Quality;

public sealed class QualityMeterTests
{
    private readonly QualityMeter _meter = new();
    private MediaTime _now = MediaTime.FromMilliseconds(1);

    [Fact]
    public void Nothing_is_known_before_a_window_is_over()
    {
        _meter.IsDue(_now).ShouldBeTrue();
        Add(new QualityReading());
        _meter.Current.ShouldBeNull();
        _meter.IsDue(_now).ShouldBeTrue("Add went on by one window");
        _meter.IsDue(_now - TimeSpan.FromMilliseconds(1)).ShouldBeFalse();
    }

    [Fact]
    public void What_is_not_known_is_null()
    {
        Add(new QualityReading());
        Add(new QualityReading());
        _meter.Current.ShouldBe(default(ParticipantQuality));
    }

    [Fact]
    public void Shares_are_of_the_last_window_alone()
    {
        Add(
            new QualityReading
            {
                Received = 50,
                Expected = 100,
                Sound = new SoundReception(TimeSpan.Zero, 100, 100),
            }
        );
        Add(
            new QualityReading
            {
                Received = 149,
                Expected = 200,
                Sound = new SoundReception(TimeSpan.FromMilliseconds(61.26), 200, 104),
            }
        );
        var up = _meter.Current.ShouldNotBeNull().Up;
        up.LossFraction.ShouldBe(0.01);
        up.ConcealedFraction.ShouldBe(0.04);
        up.DelayMs.ShouldBe(61.3);
    }

    [Fact]
    public void Counts_that_began_anew_make_one_window_unknown()
    {
        Add(
            new QualityReading
            {
                Received = 500,
                Expected = 500,
                Sound = new SoundReception(TimeSpan.Zero, 500, 10),
            }
        );
        Add(
            new QualityReading
            {
                Received = 20,
                Expected = 20,
                Sound = new SoundReception(TimeSpan.Zero, 20, 0),
            }
        );
        var up = _meter.Current.ShouldNotBeNull().Up;
        (up.LossFraction, up.ConcealedFraction).ShouldBe((null, null));
        Add(
            new QualityReading
            {
                Received = 119,
                Expected = 120,
                Sound = new SoundReception(TimeSpan.Zero, 120, 0),
            }
        );
        up = _meter.Current.ShouldNotBeNull().Up;
        (up.LossFraction, up.ConcealedFraction).ShouldBe((0.01, 0));
    }

    [Fact]
    public void Duplicates_are_no_negative_loss()
    {
        Add(new QualityReading { Received = 100, Expected = 100 });
        Add(new QualityReading { Received = 210, Expected = 200 });
        _meter.Current.ShouldNotBeNull().Up.LossFraction.ShouldBe(0);
    }

    [Fact]
    public void A_leg_that_estimates_its_path_knows_better_than_reports()
    {
        var reading = new QualityReading
        {
            LostDown = 0.25,
            Network = new LegNetwork(96_000, 0.05, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(40)),
        };
        Add(reading);
        Add(reading);
        var down = _meter.Current.ShouldNotBeNull().Down;
        (down.EstimateBps, down.LossFraction, down.QueueDelayMs).ShouldBe((96_000, 0.05, 40));

        Add(reading with { Network = LegNetwork.Unlimited });
        down = _meter.Current.ShouldNotBeNull().Down;
        (down.EstimateBps, down.LossFraction, down.QueueDelayMs).ShouldBe((null, 0.25, null));
    }

    [Fact]
    public void The_rung_and_what_the_camera_is_of_use_for_are_as_they_are_now()
    {
        Add(new QualityReading());
        Add(
            new QualityReading
            {
                Picture = new PictureReception("180p15", VideoCodec.Vp9, 320, 180, 15, 90_000),
                CanvasHeight = 720,
                Hint = SendHint.Hidden,
                RoundTrip = TimeSpan.FromMilliseconds(80),
            }
        );
        var quality = _meter.Current.ShouldNotBeNull();
        quality.RttMs.ShouldBe(80);
        quality.Down.Picture.ShouldBe(
            new PictureQuality
            {
                Rung = "180p15",
                Codec = "VP9",
                Width = 320,
                Height = 180,
                FramesPerSecond = 15,
                BitrateBps = 90_000,
                Reduced = true,
            }
        );
        (quality.Up.MaxWidth, quality.Up.MaxHeight).ShouldBe((160, 90));
    }

    private void Add(in QualityReading reading)
    {
        _meter.Add(reading, _now);
        _now += QualityMeter.Window;
    }
}
