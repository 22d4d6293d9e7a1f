using Mcu.Media.Memory;
using Mcu.Media.Video;

namespace Mcu.Media.Tests;

public sealed class PoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1 << 22)]
    public void A_buffer_holds_what_was_asked_for(int bytes)
    {
        var pool = new BufferPool();

        var buffer = pool.Rent(bytes);

        buffer.Capacity.ShouldBeGreaterThanOrEqualTo(bytes);
        pool.Outstanding.ShouldBe(1);
        buffer.Release();
        pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void More_than_the_largest_size_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new BufferPool().Rent(BufferPool.MaxSize + 1));

    [Fact]
    public void A_buffer_goes_back_with_its_last_reference_and_is_used_again()
    {
        var pool = new BufferPool();
        var buffer = pool.Rent(1000);
        buffer.AddReference();
        buffer.Release();
        pool.Outstanding.ShouldBe(1);

        buffer.Release();

        pool.Rent(1000).ShouldBeSameAs(buffer);
    }

    [Fact]
    public void Use_after_the_end_is_an_error()
    {
        var buffer = new BufferPool().Rent(10);
        buffer.Release();

        Should.Throw<InvalidOperationException>(() => buffer.AddReference());
        Should.Throw<InvalidOperationException>(buffer.Release);
    }

    [Fact]
    public void Renting_again_and_again_allocates_nothing()
    {
        var pool = new BufferPool();
        pool.Rent(1200).Release();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            pool.Rent(1200).Release();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(2000);
    }

    [Fact]
    public void Planes_of_a_frame_do_not_overlap()
    {
        var pool = new VideoFramePool();
        var frame = pool.Rent(641, 361);

        frame.Fill(1, 2, 3);

        frame.Y.ToArray().ShouldAllBe(y => y == 1);
        frame.U.ToArray().ShouldAllBe(u => u == 2);
        frame.V.ToArray().ShouldAllBe(v => v == 3);
        frame.ChromaWidth.ShouldBe(321);
        frame.Release();
        pool.Outstanding.ShouldBe(0);
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(100, 4097)]
    public void Sizes_out_of_range_are_refused(int width, int height) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new VideoFramePool().Rent(width, height));

    [Fact]
    public void A_full_pool_lets_other_sizes_go()
    {
        var pool = new VideoFramePool(maxFreeBytes: 300_000);
        pool.Rent(320, 180).Release();
        var large = pool.Rent(640, 360);
        large.Release();

        pool.Outstanding.ShouldBe(0);
        pool.Rent(320, 180).Release();
    }
}
