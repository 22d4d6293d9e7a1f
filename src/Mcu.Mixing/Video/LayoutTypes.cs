using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>How a canvas is divided.</summary>
public enum LayoutKind
{
    /// <summary>Presenter while a screen is shared, Speaker while somebody is pinned, Grid otherwise.</summary>
    Auto,

    /// <summary>Tiles of one size: up to 25 per page.</summary>
    Grid,

    /// <summary>The pinned participant or the active speaker large, the others in a filmstrip.</summary>
    Speaker,

    /// <summary>The shared screen large, all participants in a filmstrip; as Speaker while nobody shares.</summary>
    Presenter,

    /// <summary>Only the pinned participant or the active speaker, over the whole canvas.</summary>
    Single,
}

/// <summary>How a picture whose shape differs from its tile's is fitted.</summary>
public enum FitMode
{
    /// <summary>The whole picture, with bars where the tile is wider or taller.</summary>
    Letterbox,

    /// <summary>The tile filled, with the picture's edges cut off evenly.</summary>
    Crop,
}

/// <summary>One seat of a layout.</summary>
/// <param name="Id">The participant.</param>
/// <param name="HasVideo">The camera is on.</param>
/// <param name="Aspect">Width to height of the camera's picture as shown (after turning it upright); 0 if not known.</param>
/// <param name="IsVacant">An empty seat that keeps the others in place, see <see cref="SeatingPlan"/>.</param>
public readonly record struct LayoutParticipant(long Id, bool HasVideo = true, double Aspect = 16.0 / 9, bool IsVacant = false)
{
    /// <summary>An empty seat.</summary>
    public static LayoutParticipant Vacant { get; } = new(0, HasVideo: false, Aspect: 0, IsVacant: true);
}

/// <summary>What a layout is computed from.</summary>
/// <param name="CanvasWidth">Pixels, even, at least 64.</param>
/// <param name="CanvasHeight">Pixels, even, at least 64.</param>
/// <param name="Kind">How the canvas is divided.</param>
/// <param name="Participants">The seats in order; ids are unique.</param>
public sealed record LayoutInput(int CanvasWidth, int CanvasHeight, LayoutKind Kind, IReadOnlyList<LayoutParticipant> Participants)
{
    /// <summary>Participants who have had the floor, latest first: the first who may be shown is the active speaker of this view.</summary>
    public IReadOnlyList<long> RecentSpeakers { get; init; } = [];

    /// <summary>Shown large instead of the active speaker.</summary>
    public long? PinnedId { get; init; }

    /// <summary>Whose screen is shared.</summary>
    public long? ScreenSharer { get; init; }

    /// <summary>Which page of the grid or filmstrip; clamped to the pages there are.</summary>
    public int Page { get; init; }

    /// <summary>
    /// Most tiles, 1 to <see cref="GridShape.MaxTiles"/>. With fewer than all, those who spoke last are shown and there are no pages;
    /// with <see cref="Layout.FewTiles"/> at most a filmstrip is left out, and one tile alone is <see cref="LayoutKind.Single"/>.
    /// </summary>
    public int MaxTiles { get; init; } = GridShape.MaxTiles;

    /// <summary>Who looks at this view and is left out of it; null to show everybody.</summary>
    public long? ViewerId { get; init; }
}

/// <summary>One picture on a canvas.</summary>
/// <param name="SourceId">The participant.</param>
/// <param name="IsScreen">His shared screen rather than his camera.</param>
/// <param name="Area">Where, with even edges.</param>
/// <param name="Fit">How a picture of another shape is fitted.</param>
/// <param name="ZOrder">Drawn from low to high. Tiles of a layout do not overlap.</param>
public readonly record struct Tile(long SourceId, bool IsScreen, PixelRect Area, FitMode Fit, int ZOrder);

/// <summary>A finished layout.</summary>
/// <param name="Tiles">Those on the page shown.</param>
/// <param name="Page">The page shown, 0 to <paramref name="PageCount"/> - 1.</param>
/// <param name="PageCount">Pages there are, at least 1.</param>
public sealed record LayoutResult(IReadOnlyList<Tile> Tiles, int Page, int PageCount);
