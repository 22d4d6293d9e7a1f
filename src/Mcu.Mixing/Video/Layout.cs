using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>Layouts as arithmetic: who is where on a canvas. All areas have even edges, lie inside the canvas and do not overlap.</summary>
public static class Layout
{
    /// <summary>Cropping may cut off this share of a picture; what would lose more is letterboxed, such as a phone held upright.</summary>
    private const double MaxCropLoss = 0.3;

    /// <summary>Up to so many tiles a canvas is taken for one on which a filmstrip shows nobody's face.</summary>
    public const int FewTiles = 4;

    /// <summary>Pixels between tiles and around them on a canvas of this size.</summary>
    public static int GapFor(int canvasWidth, int canvasHeight) => Math.Max(GridShape.Even(Math.Max(canvasWidth, canvasHeight) / 160), 2);

    /// <summary>Computes the layout.</summary>
    /// <exception cref="ArgumentException">The canvas is odd or smaller than 64x64.</exception>
    public static LayoutResult Arrange(LayoutInput input)
    {
        if (input.CanvasWidth < 64 || input.CanvasHeight < 64 || ((input.CanvasWidth | input.CanvasHeight) & 1) != 0)
        {
            throw new ArgumentException($"A canvas of {input.CanvasWidth}x{input.CanvasHeight} is not even, or too small.", nameof(input));
        }

        var seats = VisibleSeats(input);
        var screen = input.ScreenSharer is { } sharer && sharer != input.ViewerId && IndexOf(seats, sharer) >= 0 ? sharer : (long?)null;
        return Resolve(input, screen) switch
        {
            LayoutKind.Presenter when screen is { } id => ArrangeStage(input, seats, new Stage(id, IsScreen: true)),
            LayoutKind.Presenter or LayoutKind.Speaker => ArrangeStage(input, seats, LargeCamera(input, seats)),
            LayoutKind.Single => ArrangeSingle(input, seats, LargeCamera(input, seats)),
            _ => ArrangeGrid(input, input.MaxTiles < GridShape.MaxTiles ? MostWanted(input, seats) : seats),
        };
    }

    private static LayoutKind Resolve(LayoutInput input, long? screen)
    {
        if (input.Kind != LayoutKind.Auto)
        {
            return input is { MaxTiles: 1, Kind: LayoutKind.Grid } ? LayoutKind.Single : input.Kind;
        }

        return screen is not null ? LayoutKind.Presenter
            : input.MaxTiles == 1 ? LayoutKind.Single
            : input.PinnedId is not null && input.PinnedId != input.ViewerId ? LayoutKind.Speaker
            : LayoutKind.Grid;
    }

    private static List<LayoutParticipant> VisibleSeats(LayoutInput input)
    {
        var seats = new List<LayoutParticipant>(input.Participants.Count);
        foreach (var participant in input.Participants)
        {
            if (participant.IsVacant || participant.Id != input.ViewerId)
            {
                seats.Add(participant);
            }
        }

        while (seats.Count > 0 && seats[^1].IsVacant)
        {
            seats.RemoveAt(seats.Count - 1);
        }

        return seats;
    }

    /// <summary>As many seats as there may be tiles: of the latest speakers first, then the first ones; all in their order.</summary>
    private static List<LayoutParticipant> MostWanted(LayoutInput input, List<LayoutParticipant> seats)
    {
        seats.RemoveAll(seat => seat.IsVacant);
        if (seats.Count <= input.MaxTiles)
        {
            return seats;
        }

        var wanted = new HashSet<long>(input.MaxTiles);
        if (input.PinnedId is { } pinned && IndexOf(seats, pinned) >= 0)
        {
            wanted.Add(pinned);
        }

        for (var i = 0; i < input.RecentSpeakers.Count && wanted.Count < input.MaxTiles; i++)
        {
            if (IndexOf(seats, input.RecentSpeakers[i]) >= 0)
            {
                wanted.Add(input.RecentSpeakers[i]);
            }
        }

        for (var i = 0; wanted.Count < input.MaxTiles; i++)
        {
            wanted.Add(seats[i].Id);
        }

        return seats.FindAll(seat => wanted.Contains(seat.Id));
    }

    private static LayoutResult ArrangeGrid(LayoutInput input, List<LayoutParticipant> seats)
    {
        var (first, count, page, pages) = PageOf(seats.Count, GridShape.MaxTiles, input.Page);
        var shape = GridShape.For(count, input.CanvasWidth, input.CanvasHeight);
        var gap = GapFor(input.CanvasWidth, input.CanvasHeight);
        var tiles = new List<Tile>(count);
        for (var i = 0; i < count; i++)
        {
            var seat = seats[first + i];
            if (!seat.IsVacant)
            {
                var area = shape.TileAt(i, count, input.CanvasWidth, input.CanvasHeight, gap);
                tiles.Add(new Tile(seat.Id, IsScreen: false, area, FitFor(seat.Aspect, area), 0));
            }
        }

        return new LayoutResult(tiles, page, pages);
    }

    private static LayoutResult ArrangeSingle(LayoutInput input, List<LayoutParticipant> seats, Stage? large)
    {
        var canvas = new PixelRect(0, 0, input.CanvasWidth, input.CanvasHeight);
        return new LayoutResult(large is { } stage ? [LargeTile(stage, seats, canvas)] : [], 0, 1);
    }

    private static LayoutResult ArrangeStage(LayoutInput input, List<LayoutParticipant> seats, Stage? large)
    {
        if (large is not { } stage)
        {
            return new LayoutResult([], 0, 1);
        }

        // The strip closes up: whoever is large leaves no hole in it, nor do vacant seats.
        seats.RemoveAll(seat => seat.IsVacant);
        var strip = seats.FindAll(seat => stage.IsScreen || seat.Id != stage.Id);
        if (strip.Count == 0 || input.MaxTiles <= FewTiles)
        {
            return ArrangeSingle(input, seats, stage);
        }

        var shape = new StageShape(input.CanvasWidth, input.CanvasHeight, GapFor(input.CanvasWidth, input.CanvasHeight));
        var (first, count, page, pages) = PageOf(strip.Count, shape.StripCapacity, input.Page);
        var tiles = new List<Tile>(count + 1) { LargeTile(stage, seats, shape.Large) };
        for (var i = 0; i < count; i++)
        {
            var seat = strip[first + i];
            var area = shape.StripTile(i);
            tiles.Add(new Tile(seat.Id, IsScreen: false, area, FitFor(seat.Aspect, area), 0));
        }

        return new LayoutResult(tiles, page, pages);
    }

    private static Tile LargeTile(Stage stage, List<LayoutParticipant> seats, PixelRect area)
    {
        var fit = stage.IsScreen ? FitMode.Letterbox : FitFor(seats[IndexOf(seats, stage.Id)].Aspect, area);
        return new Tile(stage.Id, stage.IsScreen, area, fit, 0);
    }

    /// <summary>The pinned participant, else the latest speaker in view, else the first with a camera, else the first.</summary>
    private static Stage? LargeCamera(LayoutInput input, List<LayoutParticipant> seats)
    {
        if (input.PinnedId is { } pinned && IndexOf(seats, pinned) >= 0)
        {
            return new Stage(pinned, IsScreen: false);
        }

        foreach (var speaker in input.RecentSpeakers)
        {
            if (IndexOf(seats, speaker) >= 0)
            {
                return new Stage(speaker, IsScreen: false);
            }
        }

        var index = seats.FindIndex(seat => seat.HasVideo);
        index = index >= 0 ? index : seats.FindIndex(seat => !seat.IsVacant);
        return index >= 0 ? new Stage(seats[index].Id, IsScreen: false) : null;
    }

    private static FitMode FitFor(double aspect, PixelRect area)
    {
        var tile = (double)area.Width / area.Height;
        var kept = aspect <= 0 ? 1 : Math.Min(aspect / tile, tile / aspect);
        return 1 - kept <= MaxCropLoss ? FitMode.Crop : FitMode.Letterbox;
    }

    private static (int First, int Count, int Page, int Pages) PageOf(int items, int perPage, int wanted)
    {
        var pages = Math.Max((items + perPage - 1) / perPage, 1);
        var page = Math.Clamp(wanted, 0, pages - 1);
        return (page * perPage, Math.Min(items - (page * perPage), perPage), page, pages);
    }

    private static int IndexOf(List<LayoutParticipant> seats, long id)
    {
        for (var i = 0; i < seats.Count; i++)
        {
            if (!seats[i].IsVacant && seats[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }

    private readonly record struct Stage(long Id, bool IsScreen);
}
