namespace Mcu.Benchmarks.Network;

/// <summary>
/// Whether words stay intelligible through 30 % loss both ways: a recogniser's errors on what the bad participant hears, and on what is
/// heard of it, against the same words over clean lines. Without video, which has no part in it at 2 Mbit/s.
/// </summary>
internal sealed class WordsQuestion : INetworkQuestion
{
    private const int SampleRate = 48_000;

    /// <summary>Each talks for so long, after the line has settled; then what is still under way is waited for.</summary>
    private const double FirstFrom = 5;
    private const double Talk = 60;
    private const double SecondFrom = FirstFrom + Talk + 5;
    private const double End = SecondFrom + Talk + 5;

    public string Name => "words";

    public string About => "2 Mbit/s and 30 % loss both ways, 50 ms RTT: words that a recogniser gets wrong";

    public IEnumerable<Finding> Answer(int seed, Studio studio)
    {
        var bad = new LineQuality(2_000_000, TimeSpan.FromMilliseconds(25), 0.30);
        var clean = ErrorPercent(seed, NetworkRows.Clean, studio);
        var lossy = ErrorPercent(seed, bad, studio);
        return
        [
            new("word errors over clean lines", clean, "%"),
            new("word errors through the bad line", lossy, "%"),
            // Where nothing is wrong over clean lines, one word in a hundred stands for it.
            new("word errors, bad against clean", lossy / Math.Max(clean, 1), "x", Limit.AtMost(1.3)),
        ];
    }

    private static double ErrorPercent(int seed, LineQuality line, Studio studio)
    {
        var toBad = SpokenWords.Say(2 * seed, TimeSpan.FromSeconds(Talk - 5));
        var ofBad = SpokenWords.Say((2 * seed) + 1, TimeSpan.FromSeconds(Talk - 5));
        var plan = new MeetingPlan(
            [
                new GuestPlan("clean", NetworkRows.Clean, NetworkRows.Clean)
                {
                    HasVideo = false,
                    Records = true,
                    Speech = toBad.Samples,
                    Talks = time => time.TotalSeconds >= FirstFrom && time.TotalSeconds < FirstFrom + SecondsOf(toBad),
                },
                new GuestPlan("bad", line, line)
                {
                    HasVideo = false,
                    Records = true,
                    Speech = ofBad.Samples,
                    Talks = time => time.TotalSeconds >= SecondFrom && time.TotalSeconds < SecondFrom + SecondsOf(ofBad),
                },
            ],
            [],
            TimeSpan.FromSeconds(End)
        );
        var records = Meeting.Run(plan, seed, studio);
        var errors = Errors(toBad, records[1], FirstFrom) + Errors(ofBad, records[0], SecondFrom);
        return 100.0 * errors / (toBad.Words.Count + ofBad.Words.Count);
    }

    private static int Errors(SpokenWords said, GuestRecord listener, double from)
    {
        var recording = listener.Recording!.ToArray();
        var start = (int)(from * SampleRate);
        var length = Math.Min((int)(Talk * SampleRate), recording.Length - start);
        return Recogniser.Errors(said.Words, Recogniser.Recognise(recording.AsSpan(start, length), SpokenWords.Vocabulary));
    }

    private static double SecondsOf(SpokenWords words) => words.Samples.Length / (double)SampleRate;
}
