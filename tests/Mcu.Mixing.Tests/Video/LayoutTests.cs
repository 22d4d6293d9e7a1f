using CsCheck;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class LayoutTests
{
    private static readonly (int Width, int Height)[] Canvases =
    [
        (1280, 720),
        (1920, 1080),
        (640, 360),
        (320, 180),
        (854, 480),
        (640, 480),
        (720, 1280),
        (180, 320),
        (500, 500),
        (64, 64),
    ];

    [Fact]
    public void All_rectangles_are_even_inside_and_disjoint()
    {
        var kinds = Enum.GetValues<LayoutKind>();
        foreach (var (width, height) in Canvases)
        {
            for (var count = 0; count <= 60; count++)
            {
                foreach (var kind in kinds)
                {
                    foreach (var sharer in new long?[] { null, 1 })
                    {
                        for (var page = 0; page < 3; page++)
                        {
                            var input = Input(count, kind, width, height) with { ScreenSharer = sharer, Page = page };
                            AssertSound(Layout.Arrange(input), width, height);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void With_few_tiles_all_layouts_are_sound_and_keep_to_them()
    {
        foreach (var kind in Enum.GetValues<LayoutKind>())
        {
            for (var max = 1; max <= GridShape.MaxTiles; max++)
            {
                for (var count = 0; count <= 30; count++)
                {
                    var input = Input(count, kind, 320, 180) with { MaxTiles = max, Page = 1, RecentSpeakers = [9, 3, 21, 9] };
                    var result = Layout.Arrange(input);
                    AssertSound(result, 320, 180);
                    result.Tiles.Count.ShouldBeLessThanOrEqualTo(kind is LayoutKind.Auto or LayoutKind.Grid ? max : 6);
                    (result.Tiles.Count > 0).ShouldBe(count > 0);
                }
            }
        }
    }

    [Fact]
    public void Few_tiles_go_to_the_pinned_and_the_latest_speakers_in_the_order_of_seats()
    {
        var input = Input(9, LayoutKind.Grid, 320, 180) with { MaxTiles = 4, RecentSpeakers = [7, 2, 8] };
        Layout.Arrange(input).Tiles.Select(tile => tile.SourceId).ShouldBe([1, 2, 7, 8]);
        Layout.Arrange(input with { PinnedId = 5 }).Tiles.Select(tile => tile.SourceId).ShouldBe([2, 5, 7, 8]);
        Layout.Arrange(input with { ViewerId = 7 }).Tiles.Select(tile => tile.SourceId).ShouldBe([1, 2, 3, 8]);
        Layout.Arrange(input with { MaxTiles = 1 }).Tiles.ShouldHaveSingleItem().Area.ShouldBe(new PixelRect(0, 0, 320, 180));
    }

    [Fact]
    public void On_a_small_canvas_a_shared_screen_has_all_of_it()
    {
        var input = Input(5, LayoutKind.Auto, 320, 180) with { MaxTiles = 4, ScreenSharer = 2 };
        Layout.Arrange(input).Tiles.ShouldHaveSingleItem().IsScreen.ShouldBeTrue();
        Layout.Arrange(input with { MaxTiles = 1 }).Tiles.ShouldHaveSingleItem().IsScreen.ShouldBeTrue();
    }

    [Fact]
    public void Any_input_gives_a_sound_layout()
    {
        var participant = Gen.Select(Gen.Bool, Gen.Double[0, 3], Gen.Int[0, 9], (video, aspect, hole) => (video, aspect, hole));
        Gen.Select(
                Gen.Int[32, 960],
                Gen.Int[32, 960],
                participant.List[0, 60],
                Gen.Int[0, 4],
                Gen.Long[0, 61],
                Gen.Long[0, 61],
                Gen.Long[0, 61],
                Gen.Int[-1, 5]
            )
            .Sample(
                (halfWidth, halfHeight, people, kind, pinned, sharer, viewer, page) =>
                {
                    var seats = people.Select(
                        (p, i) => p.hole == 0 ? LayoutParticipant.Vacant : new LayoutParticipant(i + 1, p.video, p.aspect)
                    );
                    var input = new LayoutInput(2 * halfWidth, 2 * halfHeight, (LayoutKind)kind, [.. seats])
                    {
                        PinnedId = pinned,
                        ScreenSharer = sharer,
                        ViewerId = viewer,
                        Page = page,
                        RecentSpeakers = [viewer, sharer],
                    };
                    var result = Layout.Arrange(input);
                    AssertSound(result, input.CanvasWidth, input.CanvasHeight);
                    result.Tiles.ShouldAllBe(tile => tile.SourceId != viewer);
                    result.Tiles.Select(tile => (tile.SourceId, tile.IsScreen)).ShouldBeUnique();
                }
            );
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 2, 2)]
    [InlineData(5, 3, 2)]
    [InlineData(6, 3, 2)]
    [InlineData(7, 3, 3)]
    [InlineData(9, 3, 3)]
    [InlineData(10, 4, 3)]
    [InlineData(12, 4, 3)]
    [InlineData(13, 4, 4)]
    [InlineData(16, 4, 4)]
    [InlineData(17, 5, 4)]
    [InlineData(20, 5, 4)]
    [InlineData(21, 5, 5)]
    [InlineData(25, 5, 5)]
    public void The_grid_has_the_columns_and_rows_of_its_count(int count, int columns, int rows)
    {
        var tiles = Layout.Arrange(Input(count, LayoutKind.Grid)).Tiles;
        tiles.Count.ShouldBe(count);
        tiles.Count(tile => tile.Area.Y == tiles[0].Area.Y).ShouldBe(columns);
        tiles.Select(tile => tile.Area.Y).Distinct().Count().ShouldBe(rows);
        var upright = Layout.Arrange(Input(count, LayoutKind.Grid, 720, 1280)).Tiles;
        upright.Select(tile => tile.Area.Y).Distinct().Count().ShouldBeGreaterThanOrEqualTo(rows);
    }

    [Fact]
    public void Grid_tiles_are_of_one_size_and_the_last_row_is_centred()
    {
        foreach (var (width, height) in Canvases)
        {
            for (var count = 2; count <= 25; count++)
            {
                var tiles = Layout.Arrange(Input(count, LayoutKind.Grid, width, height)).Tiles;
                tiles.Select(tile => (tile.Area.Width, tile.Area.Height)).Distinct().Count().ShouldBe(1);
                var last = tiles.Where(tile => tile.Area.Y == tiles[^1].Area.Y).ToList();
                var (left, right) = (last[0].Area.X, width - last[^1].Area.Right);
                Math.Abs(left - right).ShouldBeLessThanOrEqualTo(2);
                Math.Abs(tiles[0].Area.Y - (height - tiles[^1].Area.Bottom)).ShouldBeLessThanOrEqualTo(2);
            }
        }
    }

    [Fact]
    public void Tiles_keep_a_shape_that_suits_cameras()
    {
        foreach (var (width, height) in Canvases.Where(canvas => canvas.Width > 300 && canvas.Width > canvas.Height))
        {
            for (var count = 2; count <= 25; count++)
            {
                var area = Layout.Arrange(Input(count, LayoutKind.Grid, width, height)).Tiles[0].Area;
                ((double)area.Width / area.Height).ShouldBeInRange(1.4, 1.9);
            }
        }
    }

    [Fact]
    public void One_alone_fills_the_canvas_and_none_leaves_it_empty()
    {
        Layout.Arrange(Input(1, LayoutKind.Grid)).Tiles.ShouldBe([new Tile(1, false, new PixelRect(0, 0, 1280, 720), FitMode.Crop, 0)]);
        foreach (var kind in Enum.GetValues<LayoutKind>())
        {
            var empty = Layout.Arrange(Input(0, kind));
            empty.Tiles.ShouldBeEmpty();
            empty.PageCount.ShouldBe(1);
        }
    }

    [Fact]
    public void More_than_25_are_paged()
    {
        var input = Input(60, LayoutKind.Grid);
        var pages = Enumerable.Range(0, 4).Select(page => Layout.Arrange(input with { Page = page })).ToList();
        pages[0].PageCount.ShouldBe(3);
        pages.Take(3).SelectMany(page => page.Tiles).Select(tile => tile.SourceId).ShouldBe(Enumerable.Range(1, 60).Select(id => (long)id));
        pages[3].Page.ShouldBe(2);
    }

    [Fact]
    public void An_empty_seat_leaves_the_others_where_they_are()
    {
        var full = Input(6, LayoutKind.Grid);
        var seats = full.Participants.ToArray();
        seats[1] = LayoutParticipant.Vacant;
        var before = Layout.Arrange(full).Tiles;
        var after = Layout.Arrange(full with { Participants = seats }).Tiles;
        after.ShouldBe(before.Where(tile => tile.SourceId != 2));
    }

    [Fact]
    public void The_latest_speaker_is_large_and_the_others_are_in_the_strip()
    {
        var result = Layout.Arrange(Input(4, LayoutKind.Speaker) with { RecentSpeakers = [3, 1] });
        result.Tiles.Select(tile => tile.SourceId).ShouldBe([3, 1, 2, 4]);
        result.Tiles[0].Area.Width.ShouldBeGreaterThan(900);
        result.Tiles.Skip(1).ShouldAllBe(tile => tile.Area.Width < 300 && tile.Area.X >= result.Tiles[0].Area.Right);
    }

    [Fact]
    public void A_viewer_who_speaks_sees_the_speaker_before_him()
    {
        var result = Layout.Arrange(Input(4, LayoutKind.Speaker) with { RecentSpeakers = [3, 2, 1], ViewerId = 3 });
        result.Tiles.Select(tile => tile.SourceId).ShouldBe([2, 1, 4]);
    }

    [Fact]
    public void The_pinned_participant_goes_before_the_speaker()
    {
        var input = Input(4, LayoutKind.Speaker) with { RecentSpeakers = [3], PinnedId = 4 };
        Layout.Arrange(input).Tiles[0].SourceId.ShouldBe(4);
        Layout.Arrange(input with { Kind = LayoutKind.Single }).Tiles.Select(tile => tile.SourceId).ShouldBe([4]);
        Layout.Arrange(input with { Kind = LayoutKind.Auto }).Tiles[0].Area.Width.ShouldBeGreaterThan(900);
        Layout.Arrange(input with { PinnedId = 99 }).Tiles[0].SourceId.ShouldBe(3);
    }

    [Fact]
    public void Without_a_speaker_the_first_with_a_camera_is_large()
    {
        LayoutParticipant[] seats = [new(1, HasVideo: false), new(2, HasVideo: true)];
        var input = new LayoutInput(1280, 720, LayoutKind.Single, seats);
        Layout.Arrange(input).Tiles[0].SourceId.ShouldBe(2);
        Layout.Arrange(input with { Participants = [seats[0]] }).Tiles[0].SourceId.ShouldBe(1);
    }

    [Fact]
    public void A_shared_screen_is_shown_whole_and_everybody_is_in_the_strip()
    {
        var input = Input(4, LayoutKind.Presenter) with { ScreenSharer = 2 };
        var tiles = Layout.Arrange(input).Tiles;
        (tiles[0].SourceId, tiles[0].IsScreen, tiles[0].Fit).ShouldBe((2, true, FitMode.Letterbox));
        tiles.Skip(1).Select(tile => tile.SourceId).ShouldBe([1, 2, 3, 4]);
        tiles.Skip(1).ShouldAllBe(tile => !tile.IsScreen);
        Layout.Arrange(input with { Kind = LayoutKind.Auto }).Tiles.ShouldBe(tiles);
    }

    [Fact]
    public void Who_shares_does_not_see_his_own_screen()
    {
        var tiles = Layout.Arrange(Input(4, LayoutKind.Auto) with { ScreenSharer = 2, ViewerId = 2 }).Tiles;
        tiles.Select(tile => tile.SourceId).ShouldBe([1, 3, 4]);
        tiles.ShouldAllBe(tile => !tile.IsScreen);
    }

    [Fact]
    public void The_strip_is_paged()
    {
        var input = Input(14, LayoutKind.Speaker) with { RecentSpeakers = [1] };
        Layout.Arrange(input).PageCount.ShouldBe(3);
        Layout.Arrange(input with { Page = 1 }).Tiles.Select(tile => tile.SourceId).ShouldBe([1, 7, 8, 9, 10, 11]);
    }

    [Theory]
    [InlineData(16.0 / 9, FitMode.Crop)]
    [InlineData(4.0 / 3, FitMode.Crop)]
    [InlineData(0, FitMode.Crop)]
    [InlineData(9.0 / 16, FitMode.Letterbox)]
    [InlineData(3.5, FitMode.Letterbox)]
    public void A_picture_is_cropped_only_where_little_is_lost(double aspect, FitMode fit)
    {
        var input = new LayoutInput(1280, 720, LayoutKind.Single, [new LayoutParticipant(1, Aspect: aspect)]);
        Layout.Arrange(input).Tiles[0].Fit.ShouldBe(fit);
    }

    [Theory]
    [InlineData(1281, 720)]
    [InlineData(62, 720)]
    public void An_odd_or_tiny_canvas_is_refused(int width, int height) =>
        Should.Throw<ArgumentException>(() => Layout.Arrange(Input(1, LayoutKind.Grid, width, height)));

    private static LayoutInput Input(int count, LayoutKind kind, int width = 1280, int height = 720) =>
        new(width, height, kind, [.. Enumerable.Range(1, count).Select(id => new LayoutParticipant(id))]);

    private static void AssertSound(LayoutResult result, int width, int height)
    {
        var canvas = new PixelRect(0, 0, width, height);
        for (var i = 0; i < result.Tiles.Count; i++)
        {
            var area = result.Tiles[i].Area;
            if (area.IsEmpty || !canvas.Contains(area) || ((area.X | area.Y | area.Width | area.Height) & 1) != 0)
            {
                Assert.Fail($"{area} is no tile of {canvas}");
            }

            for (var j = 0; j < i; j++)
            {
                if (area.Intersects(result.Tiles[j].Area))
                {
                    Assert.Fail($"{area} and {result.Tiles[j].Area} overlap on {canvas}");
                }
            }
        }
    }
}
