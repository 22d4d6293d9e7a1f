using Mcu.Conference;

namespace Mcu.Benchmarks.Network;

/// <summary>
/// Whether delay stays where it is, and sound whole, when devices' clocks are not the server's: two who talk in turn for four hours, one
/// on a clock that is 50 millionths too fast, one on a clock as much too slow. So both of the server's buffers and both ears drift.
/// </summary>
internal sealed class DriftQuestion : INetworkQuestion
{
    private const int DriftPpm = 50;
    private const double TurnSeconds = 20;
    private static readonly TimeSpan s_length = TimeSpan.FromHours(4);

    public string Name => "drift";

    public string About => "clean lines, devices' clocks 50 ppm fast and slow, 4 hours";

    public IEnumerable<Finding> Answer(int seed, Studio studio)
    {
        var snapshots = new List<ConferenceSnapshot>();
        var plan = new MeetingPlan([GuestOf(0, DriftPpm), GuestOf(1, -DriftPpm)], [], s_length) { Observe = snapshots.Add };
        var records = Meeting.Run(plan, seed, studio);
        return [.. Ear("fast", records[0]), .. Ear("slow", records[1]), .. Microphone("fast", 0), .. Microphone("slow", 1)];

        IEnumerable<Finding> Microphone(string clock, int guest)
        {
            var inputs = snapshots.ConvertAll(snapshot => snapshot.Participants[guest].Microphone!);
            var delays = inputs.ConvertAll(input => input.DelayMs);
            return
            [
                new(
                    $"delay at the server of the {clock} talker, last 10 minutes against first",
                    Last(delays) - First(delays),
                    "ms",
                    Within20
                ),
                new($"concealed at the server of the {clock} talker", inputs[^1].Playout.Concealed / 48.0, "ms"),
            ];
        }
    }

    private static Limit Within20 { get; } = new(-20, 20);

    private static IEnumerable<Finding> Ear(string clock, GuestRecord record)
    {
        var end = s_length.TotalSeconds;
        var first = record.AudioDelayMs(new Period(60, 660));
        var last = record.AudioDelayMs(new Period(end - 600, end));
        var period = new Period(60, end);
        return
        [
            new($"delay of the {clock} ear, last 10 minutes against first", last - first, "ms", Within20),
            // A glitch once in a few minutes is 20 ms in as long: far below what this allows, so it is counted in ticks.
            new(
                $"ticks not as sent in the {clock} ear, an hour",
                record.Heard.Count(tick => period.Holds(tick.At) && tick.Concealed > 0) / s_length.TotalHours,
                "",
                Limit.AtMost(1)
            ),
        ];
    }

    private static GuestPlan GuestOf(int number, int driftPpm) =>
        new($"guest{number}", NetworkRows.Clean, NetworkRows.Clean)
        {
            HasVideo = false,
            DriftPpm = driftPpm,
            Talks = time => (int)(time.TotalSeconds / TurnSeconds) % 2 == number,
        };

    private static double First(List<double> values) => values.Take(10).Average();

    private static double Last(List<double> values) => values.TakeLast(10).Average();
}
