using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using CsCheck;
using Mcu.Media.Network;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

public sealed class SocketTests : IDisposable
{
    private const int PatienceMs = 20_000;

    private readonly MediaClock _clock = new();
    private readonly TestRouter _router = new();
    private readonly List<IDisposable> _owned = [];

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "::1")]
    public void UdpGoesBothWays(string bind, string to)
    {
        var port = Own(new UdpPort(new IPEndPoint(IPAddress.Parse(bind), 0), _clock, _router));
        if (to == "::1" && !Socket.OSSupportsIPv6)
        {
            return;
        }

        var client = Client(IPAddress.Parse(to));
        client.SendTo([1, 2, 3], new IPEndPoint(IPAddress.Parse(to), port.LocalEndPoint.Port));
        var (bytes, path) = _router.Next();
        bytes.ShouldBe([1, 2, 3]);
        path.ToEndPoint().Port.ShouldBe(((IPEndPoint)client.LocalEndPoint!).Port);

        // More than one kernel batch, with a TCP datagram and an unreachable one in between.
        var batch = new DatagramBatch(200);
        for (byte i = 0; i < 150; i++)
        {
            batch.Add([i, i], path);
        }

        batch.Add([1], path with { Transport = PathTransport.Tcp });
        port.Send(batch);
        var buffer = new byte[100];
        for (byte i = 0; i < 150; i++)
        {
            client.Receive(buffer).ShouldBe(2);
            buffer[0].ShouldBe(i);
        }

        port.Statistics.ShouldBe(new UdpPortStatistics(1, 150, 0, 0));
        batch.Count.ShouldBe(151);
    }

    [Fact]
    public void UdpPassesOverWhatCannotBeSent()
    {
        var port = Own(new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), _clock, _router));
        var client = Client(IPAddress.Loopback);
        var target = NetworkPath.Udp((IPEndPoint)client.LocalEndPoint!);
        var batch = new DatagramBatch();
        batch.Add([1], target);
        batch.Add([2], NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 9)));
        batch.Add([3], target with { Port = 0 });
        batch.Add([4], target);
        port.Send(batch);
        var buffer = new byte[10];
        client.Receive(buffer);
        buffer[0].ShouldBe((byte)1);
        client.Receive(buffer);
        buffer[0].ShouldBe((byte)4);
        port.Statistics.Sent.ShouldBe(2);
        port.Statistics.SendDropped.ShouldBe(2);
    }

    [Fact]
    public void OverlongDatagramsAreCountedAndDropped()
    {
        var port = Own(new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), _clock, _router));
        var client = Client(IPAddress.Loopback);
        client.SendTo(new byte[4000], port.LocalEndPoint);
        client.SendTo([7], port.LocalEndPoint);
        _router.Next().Bytes.ShouldBe([7]);
        port.Statistics.TooLong.ShouldBe(1);
    }

    [Fact]
    public void APortInUseIsNamed()
    {
        var first = Own(MediaPort.Open(new MediaPortOptions { Address = IPAddress.Loopback }, _clock, _router));
        var options = new MediaPortOptions { Address = IPAddress.Loopback, Port = first.LocalEndPoint.Port };
        var error = Should.Throw<SocketException>(() => MediaPort.Open(options, _clock, _router));
        error.SocketErrorCode.ShouldBe(SocketError.AddressAlreadyInUse);
        error.Message.ShouldContain(first.LocalEndPoint.ToString());
    }

    [Fact]
    public void OneMediaPortServesUdpAndTcp()
    {
        var port = Own(MediaPort.Open(new MediaPortOptions(), _clock, _router));
        var udp = Client(IPAddress.Loopback);
        udp.SendTo([9], new IPEndPoint(IPAddress.Loopback, port.LocalEndPoint.Port));
        var udpPath = _router.Next().Path;
        var tcp = Connect(port.LocalEndPoint.Port);
        tcp.Send(Framed(TestStun.Request("abcd")));
        var tcpPath = _router.Next().Path;
        tcpPath.Transport.ShouldBe(PathTransport.Tcp);

        var batch = new DatagramBatch();
        batch.Add([1, 1], udpPath);
        batch.Add([2, 2], tcpPath);
        batch.Add([3], tcpPath);
        port.Send(batch);
        var buffer = new byte[16];
        udp.Receive(buffer).ShouldBe(2);
        ReadExactly(tcp, 7).ShouldBe([0, 2, 2, 2, 0, 1, 3]);
        port.Tcp.Connections.ShouldBe(1);
    }

    [Fact]
    public void TcpFramesMayComeInPieces()
    {
        var port = Own(new TcpPort(new IPEndPoint(IPAddress.Loopback, 0), _clock, _router));
        var client = Connect(port.LocalEndPoint.Port);
        var request = TestStun.Request("abcd");
        byte[] stream = [.. Framed(request), 0, 0, .. Framed([5, 6])];
        foreach (var piece in stream.Chunk(7))
        {
            client.Send(piece);
        }

        _router.Next().Bytes.ShouldBe(request);
        _router.Next().Bytes.ShouldBe([5, 6]);
    }

    [Theory]
    [InlineData(new byte[] { 0, 3, 0x80, 1, 2 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0 })]
    [InlineData(new byte[] { 0x16, 0x03, 0x01 })]
    public void TcpPeersThatDoNotSpeakStunAreClosed(byte[] opening)
    {
        var port = Own(new TcpPort(new IPEndPoint(IPAddress.Loopback, 0), _clock, _router));
        var client = Connect(port.LocalEndPoint.Port);
        client.Send(opening);
        ReadToEnd(client);
        _router.Count.ShouldBe(0);
    }

    [Fact]
    public void SilentTcpPeersAreClosed()
    {
        var port = Own(
            new TcpPort(
                new IPEndPoint(IPAddress.Loopback, 0),
                _clock,
                _router,
                new TcpPortOptions
                {
                    FirstFrameTimeout = TimeSpan.FromMilliseconds(50),
                    IdleTimeout = TimeSpan.FromMilliseconds(200),
                    SweepInterval = TimeSpan.FromMilliseconds(10),
                }
            )
        );
        var silent = Connect(port.LocalEndPoint.Port);
        var idle = Connect(port.LocalEndPoint.Port);
        idle.Send(Framed(TestStun.Request("abcd")));
        ReadToEnd(silent);
        ReadToEnd(idle);
    }

    [Fact]
    public void TcpConnectionsAreBounded()
    {
        var port = Own(
            new TcpPort(new IPEndPoint(IPAddress.Loopback, 0), _clock, _router, new TcpPortOptions { MaxConnectionsPerAddress = 1 })
        );
        var first = Connect(port.LocalEndPoint.Port);
        first.Send(Framed(TestStun.Request("abcd")));
        _router.Next();
        ReadToEnd(Connect(port.LocalEndPoint.Port));
        port.Statistics.Refused.ShouldBe(1);
        port.Statistics.Connections.ShouldBe(1);
    }

    [Fact]
    public void SlowTcpReadersLoseDatagrams()
    {
        var port = Own(new TcpPort(new IPEndPoint(IPAddress.Loopback, 0), _clock, _router));
        var client = Connect(port.LocalEndPoint.Port);
        client.Send(Framed(TestStun.Request("abcd")));
        var path = _router.Next().Path;
        var batch = new DatagramBatch(64);
        var datagram = new byte[1400];
        // A few megabytes are more than queue and socket buffers hold together.
        for (var round = 0; round < 20_000 && port.Statistics.SendDropped == 0; round++)
        {
            batch.Clear();
            for (var i = 0; i < 64; i++)
            {
                batch.Add(datagram, path);
            }

            port.Send(batch);
        }

        port.Statistics.SendDropped.ShouldBeGreaterThan(0);
        port.Statistics.Connections.ShouldBe(1);
    }

    [Fact]
    public void AnyChunkingGivesTheSameFrames() =>
        Gen.Select(Gen.Byte.Array[1, FrameReader.MaxFrame].Array[1, 6], Gen.Int[1, 3000].Array[1, 20])
            .Sample(
                (frames, chunks) =>
                {
                    var stream = frames.SelectMany(Framed).ToArray();
                    var reader = new FrameReader();
                    var read = new List<byte[]>();
                    for (var (at, turn) = (0, 0); at < stream.Length; turn++)
                    {
                        var count = Math.Min(Math.Min(chunks[turn % chunks.Length], stream.Length - at), reader.Free.Length);
                        stream.AsSpan(at, count).CopyTo(reader.Free.Span);
                        reader.Advance(count);
                        at += count;
                        while (reader.TryRead(out var frame))
                        {
                            read.Add(frame.ToArray());
                        }
                    }

                    reader.IsBroken.ShouldBeFalse();
                    read.Count.ShouldBe(frames.Length);
                    read.Zip(frames).ShouldAllBe(pair => pair.First.SequenceEqual(pair.Second));
                },
                iter: 100
            );

    private static byte[] Framed(byte[] frame)
    {
        var framed = new byte[frame.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)frame.Length);
        frame.CopyTo(framed, 2);
        return framed;
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    private Socket Client(IPAddress address)
    {
        var client = Own(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = PatienceMs });
        client.Bind(new IPEndPoint(address, 0));
        return client;
    }

    private Socket Connect(int port)
    {
        var client = Own(
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = PatienceMs, NoDelay = true }
        );
        client.Connect(IPAddress.Loopback, port);
        return client;
    }

    private static byte[] ReadExactly(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count; )
        {
            var read = socket.Receive(bytes, at, count - at, SocketFlags.None);
            read.ShouldBePositive();
            at += read;
        }

        return bytes;
    }

    /// <summary>Waits until the other side closes; unread data there makes that a reset.</summary>
    private static void ReadToEnd(Socket socket)
    {
        try
        {
            socket.Receive(new byte[16]).ShouldBe(0);
        }
        catch (SocketException exception)
        {
            exception.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
        }
    }
}
