using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

public class DatagramQueueTests
{
    private static readonly NetworkPath s_path = NetworkPath.UdpIpv4(0x7F000001, 9);

    [Fact]
    public void DatagramsComeOutAsTheyWentIn()
    {
        var pool = new BufferPool();
        var queue = new DatagramQueue(4, pool);
        queue.TryEnqueue("a", [1, 2, 3], s_path, MediaTime.FromMilliseconds(5)).ShouldBeTrue();
        queue.TryEnqueue("b", [], s_path, MediaTime.Zero).ShouldBeTrue();
        queue.TryDequeue(out var first).ShouldBeTrue();
        first.Target.ShouldBe("a");
        first.Bytes.ToArray().ShouldBe([1, 2, 3]);
        first.Path.ShouldBe(s_path);
        first.Arrival.ShouldBe(MediaTime.FromMilliseconds(5));
        first.Release();
        queue.TryDequeue(out var second).ShouldBeTrue();
        second.Target.ShouldBe("b");
        second.Release();
        queue.TryDequeue(out _).ShouldBeFalse();
        pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void AFullQueueLosesTheNewest()
    {
        var pool = new BufferPool();
        var queue = new DatagramQueue(4, pool);
        for (byte i = 0; i < 6; i++)
        {
            queue.TryEnqueue(this, [i], s_path, MediaTime.Zero).ShouldBe(i < 4);
        }

        queue.Dropped.ShouldBe(2);
        queue.TryDequeue(out var oldest).ShouldBeTrue();
        oldest.Bytes[0].ShouldBe((byte)0);
        oldest.Release();
        queue.TryEnqueue(this, [9], s_path, MediaTime.Zero).ShouldBeTrue();
        queue.Clear();
        pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void SteadyUseAllocatesNothing()
    {
        var queue = new DatagramQueue(8, new BufferPool());
        var datagram = new byte[1200];
        var before = 0L;
        for (var i = 0; i < 3000; i++)
        {
            before = i == 1000 ? GC.GetAllocatedBytesForCurrentThread() : before;
            queue.TryEnqueue(this, datagram, s_path, MediaTime.Zero);
            queue.TryDequeue(out var taken);
            taken.Release();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public async Task ManyWritersLoseAndReorderNothing()
    {
        const int Writers = 4;
        const int Each = 20_000;
        var pool = new BufferPool();
        var queue = new DatagramQueue(256, pool);
        var next = new int[Writers];
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => Write(queue, writer, Each))).ToArray();
        var spin = default(SpinWait);
        for (var taken = 0; taken < Writers * Each; )
        {
            if (!queue.TryDequeue(out var datagram))
            {
                spin.SpinOnce();
                continue;
            }

            var writer = (int)datagram.Target;
            BinaryPrimitives.ReadInt32LittleEndian(datagram.Bytes).ShouldBe(next[writer]++);
            datagram.Release();
            taken++;
        }

        await Task.WhenAll(writers);
        pool.Outstanding.ShouldBe(0);
    }

    private static void Write(DatagramQueue queue, object writer, int count)
    {
        var bytes = new byte[4];
        var spin = default(SpinWait);
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, i);
            while (!queue.TryEnqueue(writer, bytes, s_path, MediaTime.Zero))
            {
                spin.SpinOnce();
            }
        }
    }
}
