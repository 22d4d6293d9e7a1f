using CsCheck;
using Mcu.Media.Video;

namespace Mcu.Media.Tests;

public sealed class MacroblockMapTests
{
    [Fact]
    public void A_rectangle_marks_every_block_it_touches_and_no_other() =>
        Gen.Select(Gen.Int[-40, 200], Gen.Int[-40, 120], Gen.Int[0, 250], Gen.Int[0, 150])
            .Sample(
                (x, y, width, height) =>
                {
                    var map = new MacroblockMap(160, 90);
                    var area = new PixelRect(x, y, width, height);

                    map.Mark(area);

                    for (var row = 0; row < map.Rows; row++)
                    {
                        for (var column = 0; column < map.Columns; column++)
                        {
                            var block = new PixelRect(column * 16, row * 16, 16, 16);
                            var touched = !area.IsEmpty && block.Intersects(area);
                            map.Blocks[(row * map.Columns) + column].ShouldBe(touched ? (byte)1 : (byte)0);
                        }
                    }
                }
            );

    [Fact]
    public void Merging_keeps_the_marks_of_both()
    {
        var first = new MacroblockMap(64, 64);
        var second = new MacroblockMap(64, 64);
        first.Mark(new PixelRect(0, 0, 16, 16));
        second.Mark(new PixelRect(48, 48, 16, 16));

        first.Merge(second);

        first.ChangedCount.ShouldBe(2);
        first.Clear();
        first.IsEmpty.ShouldBeTrue();
        Should.Throw<ArgumentException>(() => first.Merge(new MacroblockMap(32, 32)));
    }
}
