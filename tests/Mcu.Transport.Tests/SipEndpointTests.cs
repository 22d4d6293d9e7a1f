using System.Net;
using System.Net.Sockets;
using System.Text;
using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

/// <summary>SIP over real sockets on loopback.</summary>
public sealed class SipEndpointTests
{
    [Theory]
    [InlineData(SipTransport.Udp, "")]
    [InlineData(SipTransport.Tcp, ";transport=tcp")]
    [InlineData(SipTransport.Tls, ";transport=tls")]
    public async Task A_call_is_set_up_and_torn_down(SipTransport transport, string parameter)
    {
        await using var callee = new SipPhone();
        await using var caller = new SipPhone();
        caller.Call($"sip:room@{callee.Endpoint.Listens(transport)}{parameter}");
        var call = await caller.Established;
        await callee.Established;

        caller.Endpoint.Post((_, now) => call.Hangup(now));
        (await caller.Ended).Cause.ShouldBe(SipEndCause.Local);
        (await callee.Ended).Cause.ShouldBe(SipEndCause.Remote);
    }

    [Fact]
    public async Task A_name_is_resolved_before_it_is_called()
    {
        await using var callee = new SipPhone();
        await using var caller = new SipPhone();
        caller.Call($"sip:room@localhost:{callee.Endpoint.Listens(SipTransport.Udp)!.Port}");
        await caller.Established;
    }

    [Fact]
    public async Task A_call_to_a_closed_port_fails_and_says_so()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound, and nobody listens
        await using var caller = new SipPhone();
        caller.Call($"sip:room@{closed.LocalEndPoint};transport=tcp");
        var end = await caller.Ended;
        (end.Cause, end.Status).ShouldBe((SipEndCause.Refused, 503)); // RFC 3261 section 8.1.3.1
    }

    [Fact]
    public async Task Whoever_closes_the_endpoint_hangs_up_first()
    {
        await using var callee = new SipPhone();
        var caller = new SipPhone();
        caller.Call($"sip:room@{callee.Endpoint.Listens(SipTransport.Udp)}");
        await caller.Established;
        await callee.Established;
        await caller.DisposeAsync();
        (await callee.Ended).Cause.ShouldBe(SipEndCause.Remote);
    }

    [Fact]
    public async Task A_message_in_pieces_is_one_and_two_in_one_piece_are_two()
    {
        await using var phone = new SipPhone();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(phone.Endpoint.Listens(SipTransport.Tcp)!, TestContext.Current.CancellationToken);
        var options = Encoding.ASCII.GetBytes(Options(1) + Options(2));
        foreach (var piece in options.Chunk(100))
        {
            await socket.SendAsync(piece, TestContext.Current.CancellationToken);
        }

        var answers = await ReadAsync(socket, text => text.Split("SIP/2.0 200").Length == 3);
        answers.ShouldContain("CSeq: 1 OPTIONS");
        answers.ShouldContain("CSeq: 2 OPTIONS");
    }

    [Fact]
    public async Task A_ping_is_answered_and_a_connection_that_says_nothing_is_closed()
    {
        await using var phone = new SipPhone(options => options with { OpeningTimeout = TimeSpan.FromSeconds(1) });
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(phone.Endpoint.Listens(SipTransport.Tcp)!, TestContext.Current.CancellationToken);
        await socket.SendAsync("\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        (await ReadAsync(socket, text => text.Length >= 2)).ShouldBe("\r\n");
        (await ReadAsync(socket, _ => false)).ShouldBe("");
    }

    [Fact]
    public async Task One_address_gets_no_more_than_its_share_of_connections()
    {
        await using var phone = new SipPhone(options => options with { MaxConnectionsPerAddress = 2 });
        var sockets = Enumerable
            .Range(0, 3)
            .Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            .ToList();
        foreach (var socket in sockets)
        {
            await socket.ConnectAsync(phone.Endpoint.Listens(SipTransport.Tcp)!, TestContext.Current.CancellationToken);
            if (socket != sockets[2])
            {
                await socket.SendAsync("\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                await ReadAsync(socket, text => text.Length >= 2);
            }
        }

        (await ReadAsync(sockets[2], _ => false)).ShouldBe("");
        phone.Endpoint.Statistics.Refused.ShouldBe(1);
        sockets.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public void A_port_that_is_taken_is_named()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var local = (IPEndPoint)taken.LocalEndPoint!;
        Should.Throw<SocketException>(() => new SipPhone(options => options with { Udp = [local] })).Message.ShouldContain($"UDP {local}");
    }

    private static string Options(int number) =>
        $"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: c{number}\r\nCSeq: {number} OPTIONS\r\nContent-Length: 0\r\n\r\n";

    /// <summary>What comes until it is enough, or the connection ends.</summary>
    private static async Task<string> ReadAsync(Socket socket, Func<string, bool> isEnough)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var text = "";
        var buffer = new byte[4096];
        while (!isEnough(text))
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
            }
            catch (SocketException)
            {
                return text; // reset: it ended
            }

            if (count == 0)
            {
                return text;
            }

            text += Encoding.ASCII.GetString(buffer, 0, count);
        }

        return text;
    }
}
