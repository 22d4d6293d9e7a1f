namespace Mcu.Conference;

/// <summary>The most that a camera is of use for: what the largest tile that shows it needs, rounded up so that small changes change nothing.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FramesPerSecond">Those of the canvas.</param>
/// <param name="BitrateBps">Enough for a sharp picture of this size: it is decoded and encoded once more.</param>
public readonly record struct SendHint(int Width, int Height, int FramesPerSecond, int BitrateBps)
{
    /// <summary>Shown nowhere: just enough to be known as somebody who sends a camera.</summary>
    public static readonly SendHint Hidden = new(160, 90, 2, 30_000);

    /// <summary>A tile may show a picture enlarged by this much: the next size would be four times the work.</summary>
    private const double Enlargement = 1.15;

    private const int FullRate = 30;

    /// <summary>Size and bit/s at <see cref="FullRate"/>.</summary>
    private static readonly (int Width, int Height, int BitrateBps)[] s_steps =
    [
        (160, 90, 100_000),
        (320, 180, 250_000),
        (480, 270, 450_000),
        (640, 360, 700_000),
        (960, 540, 1_300_000),
        (1280, 720, 2_000_000),
        (1920, 1080, 3_500_000),
    ];

    /// <summary>What a tile of this size needs.</summary>
    public static SendHint ForTile(int width, int height, int framesPerSecond)
    {
        var step = Array.FindIndex(s_steps, s => s.Width * Enlargement >= width && s.Height * Enlargement >= height);
        var (stepWidth, stepHeight, bitrate) = step < 0 ? s_steps[^1] : s_steps[step];
        // Half the frames take more than half the bits: each has changed more.
        return new SendHint(stepWidth, stepHeight, framesPerSecond, (int)((long)bitrate * (FullRate + framesPerSecond) / (2 * FullRate)));
    }

    /// <summary>More of anything than <paramref name="other"/>.</summary>
    public bool Exceeds(in SendHint other) =>
        Width > other.Width || Height > other.Height || FramesPerSecond > other.FramesPerSecond || BitrateBps > other.BitrateBps;
}
