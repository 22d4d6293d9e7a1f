using System.Net;
using Mcu.Media.Network;

namespace Mcu.Media.Tests;

public sealed class NetworkTests
{
    [Theory]
    [InlineData("127.0.0.1", 8189)]
    [InlineData("203.0.113.7", 65535)]
    [InlineData("2001:db8::17", 1)]
    public void A_path_gives_its_address_back(string address, int port)
    {
        var remote = new IPEndPoint(IPAddress.Parse(address), port);

        NetworkPath.Udp(remote).ToEndPoint().ShouldBe(remote);
        NetworkPath.Tcp(remote, 3).ShouldNotBe(NetworkPath.Udp(remote));
    }

    [Fact]
    public void Mapped_and_plain_ipv4_are_the_same_path()
    {
        var plain = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5000));
        var mapped = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.1"), 5000));

        mapped.ShouldBe(plain);
        NetworkPath.UdpIpv4(0xC0000201, 5000).ShouldBe(plain);
        plain.IsIpv4.ShouldBeTrue();
    }

    [Fact]
    public void A_batch_keeps_datagrams_in_order_and_flushes_when_full()
    {
        var flushed = new List<byte>();
        var batch = new DatagramBatch(2);
        batch.Full = full =>
        {
            foreach (var entry in full.Entries)
            {
                flushed.Add(full.BytesOf(entry)[0]);
            }

            full.Clear();
        };
        var path = NetworkPath.UdpIpv4(1, 2);

        for (byte i = 0; i < 5; i++)
        {
            batch.Add([i], path);
        }

        flushed.ShouldBe([0, 1, 2, 3]);
        batch.Count.ShouldBe(1);
        batch.BytesOf(batch.Entries[0])[0].ShouldBe((byte)4);
    }

    [Fact]
    public void A_full_batch_that_nobody_flushes_says_so()
    {
        var batch = new DatagramBatch(1);
        batch.Add([1], default);

        Should.Throw<InvalidOperationException>(() => batch.Add([2], default));
        Should.Throw<InvalidOperationException>(() => batch.Commit(1, default));
    }
}
