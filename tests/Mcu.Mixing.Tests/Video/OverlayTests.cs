using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Shouldly;
using SkiaSharp;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class OverlayTests
{
    private readonly VideoFramePool _pool = new();

    [Theory]
    [InlineData("Zoë")]
    [InlineData("محمد علی")]
    [InlineData("李小龙")]
    [InlineData("नेहा शर्मा")]
    [InlineData("Дмитрий")]
    [InlineData("שרה")]
    [InlineData("สมชาย")]
    [InlineData("김민수")]
    [InlineData("Eve 😀")]
    [InlineData("Ann (علی) 2")]
    public void A_label_has_ink_for_each_script(string name)
    {
        var label = Pictures.Overlays.Label(name, isMuted: false, 20, 400).ShouldNotBeNull();
        var bright = CountBright(label);
        bright.ShouldBeGreaterThan(name.Length * 10);
        label.Width.ShouldBeInRange(30, 400);
        (label.Width % 2, label.Height % 2).ShouldBe((0, 0));
    }

    [Fact]
    public void Different_names_of_one_script_look_different()
    {
        // A missing glyph would show as the same box for both.
        foreach (var (a, b) in new[] { ("李", "王"), ("م", "ع"), ("ने", "श"), ("Д", "Ж") })
        {
            Ink(Pictures.Overlays.Avatar(a, 64)).ShouldNotBe(Ink(Pictures.Overlays.Avatar(b, 64)), $"{a} and {b}");
        }
    }

    [Fact]
    public void A_long_name_is_cut_to_the_width()
    {
        var name = "Bartholomew Featherstonehaugh-Cholmondeley the Younger";
        var wide = Pictures.Overlays.Label(name, false, 16, 2000)!.Width;
        foreach (var width in new[] { 40, 60, 100, 200 })
        {
            var label = Pictures.Overlays.Label(name, false, 16, width).ShouldNotBeNull();
            label.Width.ShouldBeInRange(width / 2, width);
            CountBright(label).ShouldBeGreaterThan(0);
        }

        wide.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void Muting_adds_the_icon_and_without_a_name_leaves_it_alone()
    {
        var named = Pictures.Overlays.Label("Ann", false, 16, 300)!;
        Pictures.Overlays.Label("Ann", true, 16, 300)!.Width.ShouldBeGreaterThan(named.Width + 10);
        Pictures.Overlays.Label(null, true, 16, 300)!.Width.ShouldBeLessThan(named.Width);
        Pictures.Overlays.Label(" ", false, 16, 300).ShouldBeNull();
        Pictures.Overlays.Label("Ann", false, 16, 20).ShouldBeNull();
    }

    [Theory]
    [InlineData("Zoë Müller", "ZM")]
    [InlineData("anna maria von trapp", "AT")]
    [InlineData("Дмитрий Иванов", "ДИ")]
    [InlineData("李小龙", "李")]
    [InlineData("محمد علی", "م")]
    [InlineData("नेहा शर्मा", "ने")]
    [InlineData("  (guest) ann ", "A")]
    [InlineData("😀", "")]
    [InlineData("", "")]
    public void Initials_suit_the_script(string name, string initials) => DisplayText.Initials(name).ShouldBe(initials);

    [Theory]
    [InlineData("a\tb\r\nc", "a b c")]
    [InlineData("  a   b  ", "a b")]
    [InlineData("evil\u202Etxt.exe\u0007", "eviltxt.exe")]
    [InlineData("x\uD800y", "xy")]
    [InlineData("👨\u200D👩\u200D👧", "👨\u200D👩\u200D👧")]
    public void Names_are_cleaned_for_display(string name, string clean) => DisplayText.Clean(name).ShouldBe(clean);

    [Fact]
    public void Hostile_names_do_no_harm()
    {
        var random = new Random(3);
        var zalgo = "a" + string.Concat(Enumerable.Repeat("\u0301", 5000));
        DisplayText.Clean(zalgo).Length.ShouldBeLessThan(20);
        DisplayText.Clean(new string('x', 100_000)).Length.ShouldBe(80);
        for (var i = 0; i < 100; i++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)random.Next(1, 65536)));
            var label = Pictures.Overlays.Label(name, i % 2 == 0, 14, 200);
            (label is null || label.Width <= 200).ShouldBeTrue();
            Pictures.Overlays.Avatar(name, 40).Width.ShouldBe(40);
        }
    }

    [Fact]
    public void The_colour_of_a_name_is_always_the_same()
    {
        NameColour.Of("Ann").ShouldBe(NameColour.Of("Ann"));
        Enumerable.Range(0, 100).Select(i => NameColour.Of($"guest {i}")).Distinct().Count().ShouldBeGreaterThan(8);
    }

    [Fact]
    public void An_overlay_is_drawn_once_and_the_cache_is_bounded()
    {
        var renderer = new OverlayRenderer(maxCacheBytes: 100_000);
        var first = renderer.Avatar("Ann", 100);
        renderer.Avatar("Ann", 100).ShouldBeSameAs(first);
        for (var i = 0; i < 20; i++)
        {
            renderer.Avatar($"Guest {i}", 100);
        }

        renderer.CachedCount.ShouldBe(3);
        renderer.Avatar("Ann", 100).ShouldNotBeSameAs(first);
    }

    [Fact]
    public void An_opaque_colour_arrives_exactly_and_half_of_it_half_way()
    {
        var colour = new RgbColor(200, 60, 90);
        var (y, u, v) = colour.ToYuv();
        foreach (var (alpha, share) in new[] { (255, 1.0), (128, 128 / 255.0), (0, 0.0) })
        {
            var canvas = _pool.Rent(128, 32);
            canvas.Fill(100, 110, 120);
            Solid(new SKColor(200, 60, 90, (byte)alpha), 70, 32).Blend(canvas, 20, 0, new PixelRect(0, 0, 128, 32));
            ((double)canvas.LumaAt(60, 10)).ShouldBe(100 + (share * (y - 100)), 1.6);
            ((double)canvas.U[(5 * canvas.StrideUV) + 30]).ShouldBe(110 + (share * (u - 110)), 1.6);
            ((double)canvas.V[(5 * canvas.StrideUV) + 30]).ShouldBe(120 + (share * (v - 120)), 1.6);
            canvas.LumaAt(19, 10).ShouldBe((byte)100);
            canvas.LumaAt(90, 10).ShouldBe((byte)100);
            canvas.Release();
        }
    }

    [Fact]
    public void Blending_stays_inside_the_clip_and_the_canvas()
    {
        var canvas = _pool.Rent(64, 64);
        canvas.Fill(100, 128, 128);
        var overlay = Solid(SKColors.White, 40, 40);
        overlay.Blend(canvas, 50, 50, new PixelRect(0, 0, 64, 64));
        overlay.Blend(canvas, -20, -20, new PixelRect(0, 0, 10, 10));
        overlay.Blend(canvas, 200, 0, new PixelRect(0, 0, 64, 64));
        canvas.LumaAt(63, 63).ShouldBe((byte)235);
        canvas.LumaAt(9, 9).ShouldBe((byte)235);
        canvas.LumaAt(10, 10).ShouldBe((byte)100);
        canvas.LumaAt(49, 50).ShouldBe((byte)100);
        canvas.Release();
    }

    private static OverlayBitmap Solid(SKColor colour, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        bitmap.Erase(colour);
        return OverlayBitmap.From(bitmap);
    }

    /// <summary>Pixels of white text: on black they come out bright.</summary>
    private static int CountBright(OverlayBitmap overlay) => Ink(overlay).Count(y => y > 130);

    private static byte[] Ink(OverlayBitmap overlay)
    {
        var pool = new VideoFramePool();
        var canvas = pool.Rent(overlay.Width, overlay.Height);
        canvas.Fill(16, 128, 128);
        overlay.Blend(canvas, 0, 0, new PixelRect(0, 0, overlay.Width, overlay.Height));
        var visible = canvas.Visible();
        canvas.Release();
        return visible[..(overlay.Width * overlay.Height)];
    }
}
