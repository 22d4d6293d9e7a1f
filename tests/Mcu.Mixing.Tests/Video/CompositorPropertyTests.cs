using CsCheck;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class CompositorPropertyTests
{
    private const int Width = 192;
    private const int Height = 112;

    [Fact]
    public void However_scenes_follow_each_other_the_canvas_is_right_and_the_map_covers_what_changed()
    {
        Gen.Int[0, int.MaxValue].Sample(Check, iter: 20);
    }

    private static void Check(int seed)
    {
        var random = new Random(seed);
        var pool = new VideoFramePool();
        var scaler = new NearestScaler();
        var frames = Enumerable
            .Range(0, 4)
            .Select(i =>
                Pictures.Quarters(
                    pool,
                    32 + (16 * i),
                    64 - (8 * i),
                    (byte)random.Next(256),
                    (byte)random.Next(256),
                    90,
                    (byte)random.Next(256)
                )
            )
            .ToArray();
        var scene = new Scene();
        using (var compositor = new Compositor(Width, Height, scaler, pool, Pictures.Overlays))
        {
            for (var step = 0; step < 25; step++)
            {
                var before = compositor.Canvas.Visible();
                var looks = scene.Tiles.ToArray();
                Mutate(scene, random, frames);
                var changed = compositor.Compose(scene);
                compositor.Changed.IsEmpty.ShouldBe(!changed);
                var difference = Pictures.Difference(compositor.Canvas, before);
                for (var i = 0; i < difference.Blocks.Length; i++)
                {
                    if (difference.Blocks[i] > compositor.Changed.Blocks[i])
                    {
                        Assert.Fail($"block {i} changed unmarked, seed {seed}, step {step}");
                    }
                }

                AssertUntouchedTilesUnmarked(scene, looks, compositor.Changed);
                using var fresh = new Compositor(Width, Height, scaler, pool, Pictures.Overlays);
                fresh.Compose(scene);
                compositor.Canvas.Visible().AsSpan().SequenceEqual(fresh.Canvas.Visible()).ShouldBeTrue($"seed {seed}, step {step}");
            }
        }

        Array.ForEach(frames, frame => frame.Release());
        pool.Outstanding.ShouldBe(0);
    }

    /// <summary>Blocks wholly inside a tile that is as it was, in a scene whose tiles all stayed where they were.</summary>
    private static void AssertUntouchedTilesUnmarked(Scene scene, SceneTile[] looks, MacroblockMap map)
    {
        if (
            looks.Length == 0
            || looks.Length != scene.Count
            || scene.Tiles.ToArray().Select(t => t.Area).Zip(looks).Any(p => p.First != p.Second.Area)
        )
        {
            return;
        }

        for (var i = 0; i < looks.Length; i++)
        {
            var area = scene.Tiles[i].Area;
            for (var block = 0; scene.Tiles[i] == looks[i] && block < map.Blocks.Length; block++)
            {
                var (x, y) = (block % map.Columns * 16, block / map.Columns * 16);
                if (area.Contains(new PixelRect(x, y, 16, 16)))
                {
                    map.Blocks[block].ShouldBe((byte)0);
                }
            }
        }
    }

    private static void Mutate(Scene scene, Random random, VideoFrame[] frames)
    {
        if (scene.Count == 0 || random.Next(4) == 0)
        {
            Arrange(scene, random);
        }

        for (var changes = random.Next(3); changes > 0; changes--)
        {
            ref var tile = ref scene.Tiles[random.Next(scene.Count)];
            switch (random.Next(7))
            {
                case 0:
                    tile.Frame = null;
                    break;
                case 1:
                    tile.IsMuted = !tile.IsMuted;
                    break;
                case 2:
                    tile.IsSpeaking = !tile.IsSpeaking;
                    break;
                case 3:
                    tile.Name = random.Next(2) == 0 ? null : "Zoë";
                    break;
                default:
                    tile.Frame = frames[random.Next(frames.Length)];
                    tile.FrameVersion = random.NextInt64();
                    break;
            }
        }
    }

    private static void Arrange(Scene scene, Random random)
    {
        scene.Clear();
        var seats = Enumerable.Range(1, random.Next(1, 7)).Select(id => new LayoutParticipant(id, Aspect: random.Next(2) + 0.5)).ToArray();
        var kind = (LayoutKind)random.Next(5);
        foreach (var tile in Layout.Arrange(new LayoutInput(Width, Height, kind, seats) { ScreenSharer = 1 }).Tiles)
        {
            ref var slot = ref scene.Add(tile.Area);
            (slot.SourceId, slot.IsScreen, slot.Fit) = (tile.SourceId, tile.IsScreen, tile.Fit);
        }
    }
}
