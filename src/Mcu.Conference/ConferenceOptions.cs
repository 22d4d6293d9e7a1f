using Mcu.Mixing.Video;

namespace Mcu.Conference;

/// <summary>What a conference is run with. Ranges are checked by <see cref="Validate"/>.</summary>
public sealed record ConferenceOptions
{
    /// <summary>Canvas size in pixels, even; 320x180 to 1920x1080.</summary>
    public int CanvasWidth { get; init; } = 1280;

    public int CanvasHeight { get; init; } = 720;

    /// <summary>Frames per second at most, 5 to 30. A canvas that did not change is not encoded.</summary>
    public int FramesPerSecond { get; init; } = 30;

    /// <summary>Bit/s of each video rendition, 50,000 to 10,000,000.</summary>
    public int VideoBitrateBps { get; init; } = 1_500_000;

    /// <summary>0 (best picture) to 10 (least CPU).</summary>
    public int VideoSpeed { get; init; } = 9;

    /// <summary>Bit/s of an Opus rendition, 6,000 to 128,000.</summary>
    public int AudioBitrateBps { get; init; } = 40_000;

    /// <summary>0 to 10. From 32 kbit/s on more than 2 costs much and is not heard (docs/decisions/0008-opus-celt.md).</summary>
    public int AudioComplexity { get; init; } = 2;

    /// <summary>How many of the loudest are decoded and mixed, 1 to 64.</summary>
    public int MaxMixedSources { get; init; } = 16;

    /// <summary>At most so many participants get a view of their own without themselves; with more visible, all share one view.</summary>
    public int MaxPersonalViews { get; init; } = 9;

    /// <summary>Participants see themselves in the composite unless they choose otherwise.</summary>
    public bool SelfView { get; init; }

    public LayoutKind Layout { get; init; } = LayoutKind.Auto;

    /// <summary>Under load video gives up no more than this step of <see cref="VideoEffort"/>, 1 (nothing) to 8.</summary>
    public int MaxVideoReduction { get; init; } = VideoEffort.LastStep;

    /// <summary>Most participants in one conference, 1 to 5,000.</summary>
    public int MaxParticipants { get; init; } = 500;

    /// <summary>What is behind the tiles, and the logo above them.</summary>
    public Backdrop Backdrop { get; init; } = Backdrop.Default;

    /// <summary>Throws with the setting's name, its value and what is allowed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public void Validate()
    {
        Check(CanvasWidth is >= 320 and <= 1920 && CanvasWidth % 2 == 0, nameof(CanvasWidth), CanvasWidth, "even, 320 to 1920");
        Check(CanvasHeight is >= 180 and <= 1080 && CanvasHeight % 2 == 0, nameof(CanvasHeight), CanvasHeight, "even, 180 to 1080");
        Check(FramesPerSecond is >= 5 and <= 30, nameof(FramesPerSecond), FramesPerSecond, "5 to 30");
        Check(VideoBitrateBps is >= 50_000 and <= 10_000_000, nameof(VideoBitrateBps), VideoBitrateBps, "50000 to 10000000");
        Check(VideoSpeed is >= 0 and <= 10, nameof(VideoSpeed), VideoSpeed, "0 to 10");
        Check(AudioBitrateBps is >= 6_000 and <= 128_000, nameof(AudioBitrateBps), AudioBitrateBps, "6000 to 128000");
        Check(AudioComplexity is >= 0 and <= 10, nameof(AudioComplexity), AudioComplexity, "0 to 10");
        Check(MaxMixedSources is >= 1 and <= 64, nameof(MaxMixedSources), MaxMixedSources, "1 to 64");
        Check(MaxPersonalViews is >= 0 and <= 25, nameof(MaxPersonalViews), MaxPersonalViews, "0 to 25");
        Check(
            MaxVideoReduction is >= VideoEffort.AsAsked and <= VideoEffort.LastStep,
            nameof(MaxVideoReduction),
            MaxVideoReduction,
            "1 to 8"
        );
        Check(MaxParticipants is >= 1 and <= 5_000, nameof(MaxParticipants), MaxParticipants, "1 to 5000");
    }

    private static void Check(bool holds, string setting, int value, string allowed)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(setting, value, $"{setting} is {value}; allowed: {allowed}.");
        }
    }
}
