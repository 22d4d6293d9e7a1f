namespace Mcu.Conference;

/// <summary>
/// What video is made with at one step of reduction (<see cref="Mcu.Media.Scheduling.IMediaScheduler.VideoReduction"/>). The order in which things
/// are given up: effort of the encoders, frames per second, size, views of one's own, tiles. Sound is never touched.
/// </summary>
/// <param name="Speed">Of the encoders, 0 to 10.</param>
/// <param name="FramesPerSecond">Of canvases and renditions.</param>
/// <param name="Width">Of canvases, in pixels.</param>
/// <param name="Height">Of canvases, in pixels.</param>
/// <param name="BitrateBps">Of each rendition.</param>
/// <param name="MaxPersonalViews">Up to so many visible participants have a view without themselves.</param>
/// <param name="SpeakerOnly">Views show the speaker, or who is pinned, alone.</param>
public readonly record struct VideoEffort(
    int Speed,
    int FramesPerSecond,
    int Width,
    int Height,
    int BitrateBps,
    int MaxPersonalViews,
    bool SpeakerOnly
)
{
    /// <summary>The step at which video is as the options say.</summary>
    public const int AsAsked = 1;

    /// <summary>The last step.</summary>
    public const int LastStep = 8;

    /// <summary>About what each step costs, relative to video as asked for, in a room where four see views of their own.</summary>
    public static IReadOnlyList<double> StepCosts { get; } = [1.5, 1, 0.9, 0.6, 0.45, 0.3, 0.14, 0.06, 0.04];

    private const int Fastest = 10;
    private const int MinWidth = 320;
    private const int MinHeight = 180;
    private const int MinFrames = 5;

    public static VideoEffort At(int step, ConferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var asked = new VideoEffort(
            options.VideoSpeed,
            options.FramesPerSecond,
            options.CanvasWidth,
            options.CanvasHeight,
            options.VideoBitrateBps,
            options.MaxPersonalViews,
            SpeakerOnly: false
        );
        var fast = asked with { Speed = Fastest };
        var small = Halved(fast);
        return step switch
        {
            <= 0 => asked with { Speed = Math.Max(options.VideoSpeed - 2, 0) },
            AsAsked => asked,
            2 => fast,
            3 => fast.Slowed(2, 3),
            4 => fast.Slowed(1, 2),
            5 => fast.Slowed(1, 3),
            6 => small.Slowed(1, 2),
            7 => small.Slowed(1, 3) with { MaxPersonalViews = 0 },
            _ => small.Slowed(1, 3) with { MaxPersonalViews = 0, SpeakerOnly = true },
        };
    }

    /// <summary>Fewer frames, and half as many bits fewer: all of them would make each frame as dear as those that were saved.</summary>
    private VideoEffort Slowed(int part, int of) =>
        this with
        {
            FramesPerSecond = Math.Max(FramesPerSecond * part / of, Math.Min(FramesPerSecond, MinFrames)),
            BitrateBps = (int)((long)BitrateBps * (of + part) / (2 * of)),
        };

    /// <summary>Half as wide and high, where that is still a picture; two fifths of the bits keep it as sharp.</summary>
    private static VideoEffort Halved(VideoEffort full)
    {
        var (width, height) = (full.Width / 4 * 2, full.Height / 4 * 2);
        return width < MinWidth || height < MinHeight
            ? full
            : full with
            {
                Width = width,
                Height = height,
                BitrateBps = full.BitrateBps * 2 / 5,
            };
    }
}
