using System.Globalization;
using System.Text;

namespace Mcu.Load.Measuring;

/// <summary>A result as lines for people.</summary>
internal static class ResultText
{
    public static string Of(Result result)
    {
        var text = new StringBuilder();
        Line(
            text,
            $"server {result.ServerCores:0.00} cores, {result.ServerMegabytes:0} MB{Optional($", GC pauses {result.GcPauseMs:0} ms", result.GcPauseMs)}"
        );
        if (result.Codecs is { } codecs)
        {
            var kinds = codecs.CoresByKind.Where(kind => kind.Value >= 0.0005).OrderByDescending(kind => kind.Value);
            var list = string.Join(", ", kinds.Select(kind => Invariant($"{kind.Key} {kind.Value:0.000}")));
            Line(text, $"codecs and scaling {codecs.Cores:0.00} cores ({list}); server / codecs {codecs.ServerToCodecs:0.00}");
        }

        Line(
            text,
            $"audio packets/s: least {result.Sound.LeastRate:0.0}, median {result.Sound.MedianRate:0.0}; faults {result.Sound.Faults}, longest silence {result.Sound.LongestSilenceMs:0} ms{Optional($", missed ticks {result.MissedAudioTicks:0}", result.MissedAudioTicks)}"
        );
        Line(
            text,
            result.DelayMs is { } delay
                ? $"added delay: median {delay.Median:0.0} ms, 95th percentile {delay.P95:0.0} ms, {delay.Count} markers"
                : (FormattableString)$"added delay: no marker was heard"
        );
        if (result.Pictures is { } pictures)
        {
            var sizes = pictures.Sizes.Count > 0 ? $" of {string.Join(", ", pictures.Sizes)}" : "";
            Line(
                text,
                $"pictures/s: least {pictures.LeastRate:0.0}, median {pictures.MedianRate:0.0}; faults {pictures.Faults}, longest freeze {pictures.LongestFreezeMs:0} ms; decoded {pictures.Decoded}{sizes}, {pictures.Undecodable} undecodable"
            );
            Line(
                text,
                $"decodes and encodes waited {result.VideoWaitP99Ms:0.0} ms at most in 99 %; video reduced to step {result.VideoReduction} (1: not at all)"
            );
        }

        Line(text, $"generator {result.GeneratorCores:0.00} cores, {result.LateTurns} late turns");
        Line(text, $"{(result.IsGood ? "good" : "NOT GOOD")}");
        return text.ToString().TrimEnd('\n');
    }

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Optional(FormattableString text, double? value) => value is null ? "" : Invariant(text);

    private static void Line(StringBuilder text, FormattableString line) => text.Append("  ").Append(Invariant(line)).Append('\n');
}
