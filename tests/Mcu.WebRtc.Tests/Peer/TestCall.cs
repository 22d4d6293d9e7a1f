using System.Net;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Sdp.Negotiation;
using Mcu.TestKit.Network;
using Mcu.WebRtc.Peer;
using Shouldly;

namespace Mcu.WebRtc.Tests.Peer;

/// <summary>A client and a server in a call over two bad networks, in virtual time: audio every 20 ms, video every 40 ms, both ways.</summary>
internal sealed class TestCall : IDisposable
{
    public static readonly NetworkPath ServerAddress = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5004));
    public static readonly NetworkPath Home = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("198.51.100.7"), 40000));
    public static readonly NetworkPath Mobile = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("203.0.113.9"), 50000));

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private MediaTime _nextTick = MediaTime.FromMilliseconds(1);
    private int _ticks;

    public TestCall(BadNetworkOptions? network = null, int seed = 1, TestEnd? server = null)
    {
        Server = server ?? new TestEnd(PeerRole.Server, seed);
        Client = new TestEnd(PeerRole.Client, seed + 1);
        ToServer = new BadNetwork(network ?? new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(20) }, seed + 2);
        ToClient = new BadNetwork(network ?? new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(20) }, seed + 3);
        Client.Peer.Offers.AddAudio();
        Client.Peer.Offers.AddVideo();
    }

    public TestEnd Server { get; }

    public TestEnd Client { get; }

    public BadNetwork ToServer { get; }

    public BadNetwork ToClient { get; }

    /// <summary>The client's address as the server sees it.</summary>
    public NetworkPath ClientAddress { get; set; } = Home;

    public bool ScreenShared { get; set; }

    public MediaTime Now { get; private set; } = MediaTime.Zero;

    /// <summary>Offer and answer over a signalling that takes no time.</summary>
    public void Negotiate(bool iceRestart = false)
    {
        var offer = Client.Peer.CreateOffer(iceRestart);
        Server.Peer.TryAcceptOffer(offer, Now, out var answer, out var error).ShouldBeTrue(error?.ToString());
        Client.Peer.TryAcceptAnswer(answer!, Now, out error).ShouldBeTrue(error?.ToString());
        Flush();
    }

    public void RunFor(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (true)
        {
            var next = MediaTime.Min(MediaTime.Min(ToServer.NextDeadline, ToClient.NextDeadline), _nextTick);
            next = MediaTime.Min(next, MediaTime.Min(Server.Peer.NextDeadline, Client.Peer.NextDeadline));
            if (next > end)
            {
                Now = end;
                return;
            }

            Now = MediaTime.Max(Now, next);
            Step();
        }
    }

    public void Dispose()
    {
        Server.Dispose();
        Client.Dispose();
    }

    private void Step()
    {
        if (_nextTick <= Now)
        {
            _nextTick += s_tick;
            SendMedia(Server);
            SendMedia(Client);
            _ticks++;
        }

        while (ToServer.TryReceive(Now, out var datagram, out _))
        {
            Server.Peer.Receive(datagram, ClientAddress, Now);
        }

        while (ToClient.TryReceive(Now, out var datagram, out _))
        {
            Client.Peer.Receive(datagram, ServerAddress, Now);
        }

        Server.Peer.Run(Now);
        Client.Peer.Run(Now);
        Flush();
    }

    private void SendMedia(TestEnd end)
    {
        end.SendAudio(_ticks, Now);
        end.CheckVideo(Now);
        if (_ticks % 2 == 0)
        {
            end.SendVideo(MediaPurpose.Video, Now);
        }

        if (ScreenShared && ReferenceEquals(end, Client) && _ticks % 10 == 0)
        {
            end.SendVideo(MediaPurpose.Screen, Now);
        }
    }

    private void Flush()
    {
        foreach (var entry in Server.Output.Entries)
        {
            // What goes to an address the client has left is lost.
            if (entry.Path == ClientAddress)
            {
                ToClient.Send(Server.Output.BytesOf(entry), Now);
            }
        }

        Server.Output.Clear();
        foreach (var entry in Client.Output.Entries)
        {
            ToServer.Send(Client.Output.BytesOf(entry), Now);
        }

        Client.Output.Clear();
    }
}
