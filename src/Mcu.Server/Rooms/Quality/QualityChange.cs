namespace Mcu.Server.Rooms.Quality;

/// <summary>Whether somebody who was told one quality should be told another. Pure.</summary>
internal static class QualityChange
{
    /// <summary>Something that a person would notice, or that a client would say otherwise.</summary>
    public static bool IsNoticeable(in ParticipantQuality before, in ParticipantQuality after) =>
        Differs(before.RttMs, after.RttMs, 20, 0.2) || IsNoticeable(before.Down, after.Down) || IsNoticeable(before.Up, after.Up);

    private static bool IsNoticeable(in DownQuality before, in DownQuality after) =>
        before.Picture != after.Picture
        || Differs(before.EstimateBps, after.EstimateBps, 10_000, 0.2)
        || Differs(before.LossFraction, after.LossFraction, 0.01, 0.3)
        || Differs(before.JitterMs, after.JitterMs, 15, 0.3)
        || Differs(before.QueueDelayMs, after.QueueDelayMs, 30, 0.3);

    private static bool IsNoticeable(in UpQuality before, in UpQuality after) =>
        (before.MaxWidth, before.MaxHeight) != (after.MaxWidth, after.MaxHeight)
        || Differs(before.LossFraction, after.LossFraction, 0.01, 0.3)
        || Differs(before.JitterMs, after.JitterMs, 15, 0.3)
        || Differs(before.DelayMs, after.DelayMs, 30, 0.3)
        || Differs(before.ConcealedFraction, after.ConcealedFraction, 0.01, 0.3);

    /// <summary>By more than <paramref name="least"/>, and by more than this share of the larger one; or one of them is not known.</summary>
    private static bool Differs(double? before, double? after, double least, double share)
    {
        if (before is not { } from || after is not { } to)
        {
            return before.HasValue != after.HasValue;
        }

        var change = Math.Abs(to - from);
        return change > least && change > share * Math.Max(Math.Abs(from), Math.Abs(to));
    }
}
