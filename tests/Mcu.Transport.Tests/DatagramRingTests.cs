using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

public class DatagramRingTests
{
    private static readonly NetworkPath s_path = NetworkPath.UdpIpv4(0x7F000001, 9);

    [Fact]
    public void DatagramsComeOutAsTheyWentIn()
    {
        var pool = new BufferPool();
        var ring = new DatagramRing(4, pool);
        ring.TryEnqueue("a", [1, 2, 3], s_path, MediaTime.FromMilliseconds(5)).ShouldBeTrue();
        ring.TryEnqueue("b", [], s_path, MediaTime.Zero).ShouldBeTrue();
        ring.TryDequeue(out var first).ShouldBeTrue();
        first.Target.ShouldBe("a");
        first.Bytes.ToArray().ShouldBe([1, 2, 3]);
        first.Path.ShouldBe(s_path);
        first.Arrival.ShouldBe(MediaTime.FromMilliseconds(5));
        first.Release();
        ring.TryDequeue(out var second).ShouldBeTrue();
        second.Target.ShouldBe("b");
        second.Release();
        ring.TryDequeue(out _).ShouldBeFalse();
        pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void AFullRingLosesTheNewest()
    {
        var pool = new BufferPool();
        var ring = new DatagramRing(3, pool);
        ring.Capacity.ShouldBe(4);
        for (byte i = 0; i < 6; i++)
        {
            ring.TryEnqueue(this, [i], s_path, MediaTime.Zero).ShouldBe(i < 4);
        }

        ring.Dropped.ShouldBe(2);
        ring.TryDequeue(out var oldest).ShouldBeTrue();
        oldest.Bytes[0].ShouldBe((byte)0);
        oldest.Release();
        ring.TryEnqueue(this, [9], s_path, MediaTime.Zero).ShouldBeTrue();
        ring.Clear();
        pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void SteadyUseAllocatesNothing()
    {
        var ring = new DatagramRing(8, new BufferPool());
        var datagram = new byte[1200];
        var before = 0L;
        for (var i = 0; i < 3000; i++)
        {
            before = i == 1000 ? GC.GetAllocatedBytesForCurrentThread() : before;
            ring.TryEnqueue(this, datagram, s_path, MediaTime.Zero);
            ring.TryDequeue(out var taken);
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
        var ring = new DatagramRing(256, pool);
        var next = new int[Writers];
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => Write(ring, writer, Each))).ToArray();
        var spin = default(SpinWait);
        for (var taken = 0; taken < Writers * Each; )
        {
            if (!ring.TryDequeue(out var datagram))
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

    private static void Write(DatagramRing ring, object writer, int count)
    {
        var bytes = new byte[4];
        var spin = default(SpinWait);
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, i);
            while (!ring.TryEnqueue(writer, bytes, s_path, MediaTime.Zero))
            {
                spin.SpinOnce();
            }
        }
    }
}
