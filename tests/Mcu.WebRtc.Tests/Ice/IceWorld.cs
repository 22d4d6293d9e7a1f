using System.Net;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.WebRtc.Ice;

namespace Mcu.WebRtc.Tests.Ice;

/// <summary>A lite agent and a client agent over two lossy wires; the client's address as the server sees it can change.</summary>
internal sealed class IceWorld
{
    public static readonly NetworkPath ServerAddress = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 5004));
    public static readonly NetworkPath Home = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("198.51.100.7"), 40000));
    public static readonly NetworkPath Mobile = NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("203.0.113.9"), 50000));

    private readonly DatagramBatch _batch = new();

    public IceWorld(int seed = 1, double loss = 0)
    {
        Random = new SeededRandom(seed);
        ToServer = new LossyWire(seed, loss);
        ToClient = new LossyWire(seed + 1000, loss);
        Server = new IceLiteAgent(IceCredentialsFactory.Create(Random));
        Client = new IceClientAgent(IceCredentialsFactory.Create(Random), Random);
    }

    public SeededRandom Random { get; }

    public LossyWire ToServer { get; }

    public LossyWire ToClient { get; }

    public IceLiteAgent Server { get; }

    public IceClientAgent Client { get; }

    public NetworkPath ClientAddress { get; set; } = Home;

    public MediaTime Now { get; private set; } = MediaTime.Zero;

    public void Start()
    {
        Client.Start(Server.Local);
        Client.AddCandidate(ServerAddress, Now);
    }

    public void Restart()
    {
        Server.Restart(IceCredentialsFactory.Create(Random));
        Client.Renew(IceCredentialsFactory.Create(Random));
        Start();
    }

    public void RunFor(double seconds, Action? afterEachStep = null) =>
        RunUntil(Now + TimeSpan.FromSeconds(seconds), () => false, afterEachStep);

    public void RunUntil(MediaTime end, Func<bool> done, Action? afterEachStep = null)
    {
        while (!done())
        {
            var next = MediaTime.Min(
                MediaTime.Min(ToServer.NextArrival, ToClient.NextArrival),
                MediaTime.Min(Client.NextDeadline, Server.NextDeadline)
            );
            if (next > end)
            {
                Now = end;
                return;
            }

            Now = MediaTime.Max(Now, next);
            Step();
            afterEachStep?.Invoke();
        }
    }

    private void Step()
    {
        while (ToServer.TryReceive(Now, out var datagram))
        {
            Server.Receive(datagram, ClientAddress, Now, _batch);
            ToClient.SendAll(_batch, Now);
        }

        while (ToClient.TryReceive(Now, out var datagram))
        {
            Client.Receive(datagram, ServerAddress, Now, _batch);
            ToServer.SendAll(_batch, Now);
        }

        Server.Run(Now, _batch);
        ToClient.SendAll(_batch, Now);
        Client.Run(Now, _batch);
        ToServer.SendAll(_batch, Now);
    }
}
