using Mcu.Server.Rooms.Quality;
using Shouldly;

namespace Mcu.Server.Tests.Quality;

public sealed class QualityChangeTests
{
    private static readonly ParticipantQuality s_good = new()
    {
        RttMs = 40,
        Down = new DownQuality
        {
            EstimateBps = 1_000_000,
            BitrateBps = 800_000,
            LossFraction = 0,
            JitterMs = 5,
            QueueDelayMs = 10,
            Picture = new PictureQuality
            {
                Rung = "360p15",
                Codec = "VP8",
                Height = 360,
            },
        },
        Up = new UpQuality
        {
            BitrateBps = 600_000,
            LossFraction = 0,
            JitterMs = 5,
            DelayMs = 40,
            ConcealedFraction = 0,
            MaxHeight = 360,
        },
    };

    public static TheoryData<string, ParticipantQuality, bool> Changes =>
        new()
        {
            { "nothing", s_good, false },
            { "round trip a little", s_good with { RttMs = 55 }, false },
            { "round trip", s_good with { RttMs = 200 }, true },
            { "round trip no longer known", s_good with { RttMs = null }, true },
            {
                "bit rates alone",
                s_good with
                {
                    Down = s_good.Down with { BitrateBps = 100 },
                    Up = s_good.Up with { BitrateBps = 1 },
                },
                false
            },
            { "estimate a little", s_good with { Down = s_good.Down with { EstimateBps = 900_000 } }, false },
            { "estimate", s_good with { Down = s_good.Down with { EstimateBps = 150_000 } }, true },
            { "a smaller picture", s_good with { Down = s_good.Down with { Picture = null } }, true },
            { "loss a little", s_good with { Down = s_good.Down with { LossFraction = 0.01 } }, false },
            { "loss down", s_good with { Down = s_good.Down with { LossFraction = 0.05 } }, true },
            { "loss up", s_good with { Up = s_good.Up with { LossFraction = 0.05 } }, true },
            { "queue", s_good with { Down = s_good.Down with { QueueDelayMs = 150 } }, true },
            { "delay", s_good with { Up = s_good.Up with { DelayMs = 140 } }, true },
            { "concealment", s_good with { Up = s_good.Up with { ConcealedFraction = 0.03 } }, true },
            { "tile", s_good with { Up = s_good.Up with { MaxHeight = 180 } }, true },
        };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Only_what_somebody_would_notice_is_told(string what, ParticipantQuality changed, bool told)
    {
        QualityChange.IsNoticeable(s_good, changed).ShouldBe(told, what);
        QualityChange.IsNoticeable(changed, s_good).ShouldBe(told, $"{what}, back");
    }
}
