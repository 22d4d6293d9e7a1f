using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mcu.Media;
using Mcu.Media.Network;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

/// <summary>Pairs of ports for calls, over real sockets.</summary>
public sealed class CallPortsTests : IDisposable
{
    private const int First = 41_000;
    private readonly CallPorts _ports = new(new CallPortOptions { FirstPort = First, LastPort = First + 99 }, new MediaClock());

    public void Dispose() => _ports.Dispose();

    [Fact]
    public async Task What_comes_to_a_call_is_its_own_and_what_it_sends_leaves_from_there()
    {
        var inboxes = Enumerable.Range(0, 10).Select(_ => new Inbox()).ToList();
        var calls = inboxes.ConvertAll(inbox => _ports.TryOpen(inbox)!);
        calls.ShouldAllBe(call => call.RtpPort % 2 == 0);
        _ports.Statistics.Open.ShouldBe(10);

        using var phone = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        phone.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        for (var i = 0; i < calls.Count; i++)
        {
            phone.SendTo([(byte)i], new IPEndPoint(IPAddress.Loopback, calls[i].RtpPort));
            phone.SendTo([(byte)(100 + i)], new IPEndPoint(IPAddress.Loopback, calls[i].RtpPort + 1));
        }

        for (var i = 0; i < calls.Count; i++)
        {
            var got = new[] { await inboxes[i].NextAsync(), await inboxes[i].NextAsync() }.OrderBy(item => item.Byte).ToList();
            got[0].Byte.ShouldBe((byte)i);
            got[0].Path.Connection.ShouldBe(calls[i].Rtp);
            got[1].Byte.ShouldBe((byte)(100 + i));
            got[1].Path.Connection.ShouldBe(calls[i].Rtcp);
        }

        var batch = new DatagramBatch();
        batch.Add([42], NetworkPath.Udp((IPEndPoint)phone.LocalEndPoint!) with { Connection = calls[3].Rtp });
        _ports.Send(batch);
        var buffer = new byte[10];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        phone.ReceiveTimeout = 5000;
        phone.ReceiveFrom(buffer, ref from).ShouldBe(1);
        ((IPEndPoint)from).Port.ShouldBe(calls[3].RtpPort);
    }

    [Fact]
    public void Ports_come_back_and_none_is_given_twice()
    {
        var inbox = new Inbox();
        var calls = Enumerable.Range(0, 50).Select(_ => _ports.TryOpen(inbox)).OfType<CallPort>().ToList();
        calls.Select(call => call.RtpPort).ShouldBeUnique();
        _ports.TryOpen(inbox).ShouldBeNull();
        calls[7].Dispose();
        _ports.TryOpen(inbox)!.RtpPort.ShouldBe(calls[7].RtpPort);
    }

    [Fact]
    public void A_call_that_is_over_sends_nothing()
    {
        var call = _ports.TryOpen(new Inbox())!;
        call.Dispose();
        var batch = new DatagramBatch();
        batch.Add([1], NetworkPath.Udp(new IPEndPoint(IPAddress.Loopback, 9)) with { Connection = call.Rtp });
        _ports.Send(batch);
        _ports.Statistics.SendDropped.ShouldBe(1);
    }

    [Fact]
    public void A_port_that_another_program_has_is_passed_over()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, First + 1)); // the first pair's RTCP
        _ports.TryOpen(new Inbox())!.RtpPort.ShouldBe(First + 2);
    }

    private sealed class Inbox : IDatagramInbox
    {
        private readonly ConcurrentQueue<(byte Byte, NetworkPath Path)> _items = new();
        private readonly SemaphoreSlim _count = new(0);

        public void Enqueue(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
        {
            _items.Enqueue((datagram[0], path));
            _count.Release();
        }

        public async Task<(byte Byte, NetworkPath Path)> NextAsync()
        {
            (await _count.WaitAsync(TimeSpan.FromSeconds(5))).ShouldBeTrue("nothing came");
            _items.TryDequeue(out var item);
            return item;
        }
    }
}
