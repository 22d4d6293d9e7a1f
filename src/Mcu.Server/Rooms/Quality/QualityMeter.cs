using Mcu.Conference.Legs;
using Mcu.Media;

namespace Mcu.Server.Rooms.Quality;

/// <summary>Makes windows of 2 s of one participant's readings. Pure; belongs to the room's writer; allocates nothing.</summary>
internal sealed class QualityMeter
{
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private QualityReading _before;
    private MediaTime _begun;
    private bool _started;

    /// <summary>The last whole window; null before there was one.</summary>
    public ParticipantQuality? Current { get; private set; }

    /// <summary>The window is over: <see cref="Add"/> should be told.</summary>
    public bool IsDue(MediaTime now) => !_started || now - _begun >= Window;

    /// <summary>Ends a window, if one was begun, and begins the next.</summary>
    public void Add(in QualityReading reading, MediaTime now)
    {
        if (_started)
        {
            Current = new ParticipantQuality
            {
                RttMs = Ms(reading.RoundTrip),
                Down = DownOf(reading),
                Up = UpOf(reading),
            };
        }

        _started = true;
        _begun = now;
        _before = reading;
    }

    private static DownQuality DownOf(in QualityReading reading)
    {
        var network = reading.Network;
        var isEstimated = network != LegNetwork.Unlimited;
        return new DownQuality
        {
            EstimateBps = network.TargetBps,
            BitrateBps = reading.SentBps,
            LossFraction = Share(isEstimated ? network.FractionLost : reading.LostDown),
            JitterMs = Ms(reading.JitterDown),
            QueueDelayMs = isEstimated ? Ms(network.QueueDelay) : null,
            Picture = PictureOf(reading),
        };
    }

    private static PictureQuality? PictureOf(in QualityReading reading) =>
        reading.Picture is { } picture
            ? new PictureQuality
            {
                Rung = picture.Rung,
                Codec = RoomReport.NameOf(picture.Codec),
                Width = picture.Width,
                Height = picture.Height,
                FramesPerSecond = picture.FramesPerSecond,
                BitrateBps = picture.BitrateBps,
                Reduced = picture.Height < reading.CanvasHeight,
            }
            : null;

    private UpQuality UpOf(in QualityReading reading)
    {
        var expected = reading.Expected - _before.Expected;
        var received = reading.Received - _before.Received;
        return new UpQuality
        {
            BitrateBps = reading.ReceivedBps,
            LossFraction = expected > 0 && received >= 0 ? Share(Math.Max(expected - received, 0) / (double)expected) : null,
            JitterMs = Ms(reading.JitterUp),
            DelayMs = Ms(reading.Sound?.Delay),
            ConcealedFraction = ConcealedIn(reading),
            MaxWidth = reading.Hint?.Width,
            MaxHeight = reading.Hint?.Height,
        };
    }

    private double? ConcealedIn(in QualityReading reading)
    {
        if (reading.Sound is not { } now || _before.Sound is not { } before)
        {
            return null;
        }

        var (played, concealed) = (now.Played - before.Played, now.Concealed - before.Concealed);
        return played > 0 && concealed >= 0 ? Share(concealed / (double)played) : null;
    }

    private static double? Ms(TimeSpan? time) => time is { } known ? Math.Round(known.TotalMilliseconds, 1) : null;

    private static double? Share(double? share) => share is { } known ? Math.Round(known, 4) : null;
}
