using Mcu.Media;
using Mcu.Media.Network;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

public class SessionRouterTests
{
    private static readonly byte[] s_media = [0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];

    private readonly SessionRouter _router = new();
    private readonly TestRouter _alice = new();
    private readonly TestRouter _bob = new();
    private MediaTime _now = MediaTime.FromMilliseconds(1000);

    public SessionRouterTests()
    {
        _router.Register("alice", _alice);
        _router.Register("bob", _bob);
    }

    [Fact]
    public void RequestsGoByUfragAndTheRestByPath()
    {
        _router.Route(s_media, Path(1), _now);
        _alice.Count.ShouldBe(0);
        _router.Route(TestStun.Request("alice"), Path(1), _now);
        _router.Route(TestStun.Request("bob"), Path(2), _now);
        _router.Route(s_media, Path(1), _now);
        _router.Route(s_media, Path(2), _now);
        _alice.Next().Bytes[0].ShouldBe((byte)0);
        _alice.Next().ShouldSatisfyAllConditions(media => media.Bytes.ShouldBe(s_media), media => media.Path.ShouldBe(Path(1)));
        _bob.Count.ShouldBe(2);
        _router.Statistics.ShouldBe(new SessionRouterStatistics(2, 4, 0, 1, 0));
    }

    [Fact]
    public void StrangersAreDropped()
    {
        _router.Route(TestStun.Request("mallory"), Path(1), _now);
        _router.Route(TestStun.Request(new string('x', 40)), Path(1), _now);
        _router.Route([], Path(1), _now);
        _router.Statistics.ShouldBe(new SessionRouterStatistics(0, 0, 2, 1, 0));
    }

    [Fact]
    public void TruncatedRequestsNeverReachASession()
    {
        var request = TestStun.Request("alice");
        for (var length = 0; length < request.Length; length++)
        {
            _router.Route(request.AsSpan(0, length), Path(1), _now);
        }

        _alice.Count.ShouldBe(0);
        _router.Statistics.Paths.ShouldBe(0);
    }

    [Fact]
    public void APathInUseCannotBeTakenOver()
    {
        _router.Route(TestStun.Request("alice"), Path(1), _now);
        _router.Route(TestStun.Request("bob"), Path(1), _now);
        _bob.Count.ShouldBe(1);
        _router.Route(s_media, Path(1), _now);
        _alice.Count.ShouldBe(2);
        _router.Statistics.RefusedPaths.ShouldBe(1);
        _now += TimeSpan.FromSeconds(6);
        _router.Route(TestStun.Request("bob"), Path(1), _now);
        _router.Route(s_media, Path(1), _now);
        _bob.Count.ShouldBe(3);
        _router.Statistics.Paths.ShouldBe(1);
    }

    [Fact]
    public void AnIceRestartMovesThePathsOfOneSession()
    {
        _router.Route(TestStun.Request("alice"), Path(1), _now);
        _router.Register("alice2", _alice);
        _router.Route(TestStun.Request("alice2"), Path(1), _now);
        _router.Unregister("alice");
        _router.Route(s_media, Path(1), _now);
        _alice.Count.ShouldBe(3);
        _router.Statistics.Paths.ShouldBe(1);
    }

    [Fact]
    public void AnEndedSessionGetsNothingMore()
    {
        _router.Route(TestStun.Request("alice"), Path(1), _now);
        _router.Unregister("alice");
        _router.Unregister("alice");
        _router.Route(TestStun.Request("alice"), Path(1), _now);
        _router.Route(s_media, Path(1), _now);
        _alice.Count.ShouldBe(1);
        _router.Statistics.Paths.ShouldBe(0);
    }

    [Fact]
    public void SilentPathsAreForgotten()
    {
        _router.Route(TestStun.Request("alice"), Path(1), _now);
        _router.Route(TestStun.Request("bob"), Path(2), _now);
        _now += TimeSpan.FromSeconds(40);
        _router.Route(s_media, Path(2), _now);
        _now += TimeSpan.FromSeconds(10);
        _router.Route(TestStun.Request("bob"), Path(3), _now);
        _router.Statistics.Paths.ShouldBe(2);
        _router.Route(s_media, Path(1), _now);
        _alice.Count.ShouldBe(1);
    }

    [Fact]
    public void PathsAreBoundedInNumberAndRate()
    {
        var router = new SessionRouter(
            new SessionRouterOptions
            {
                MaxPathsPerUfrag = 3,
                MaxPaths = 5,
                MaxNewPathsPerSecond = 4,
            }
        );
        router.Register("a", _alice);
        router.Register("b", _bob);
        for (ushort port = 1; port <= 4; port++)
        {
            router.Route(TestStun.Request("a"), Path(port), _now);
        }

        router.Statistics.Paths.ShouldBe(3);
        _alice.Count.ShouldBe(4);
        router.Route(TestStun.Request("b"), Path(11), _now);
        router.Route(TestStun.Request("b"), Path(12), _now);
        router.Statistics.Paths.ShouldBe(4);
        _now += TimeSpan.FromSeconds(1);
        router.Route(TestStun.Request("b"), Path(12), _now);
        router.Route(TestStun.Request("b"), Path(13), _now);
        router.Statistics.Paths.ShouldBe(5);
    }

    [Fact]
    public void UfragsAreUniqueAndAscii()
    {
        Should.Throw<InvalidOperationException>(() => _router.Register("alice", _bob));
        Should.Throw<ArgumentException>(() => _router.Register("", _bob));
        Should.Throw<ArgumentException>(() => _router.Register("käse", _bob));
        Should.Throw<ArgumentException>(() => _router.Register(new string('x', 33), _bob));
    }

    [Fact]
    public void RoutingAllocatesNothing()
    {
        var router = new SessionRouter();
        router.Register("alice", new Sink());
        var request = TestStun.Request("alice");
        var before = 0L;
        for (var i = 0; i < 200; i++)
        {
            before = i == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            router.Route(request, Path(1), _now);
            router.Route(s_media, Path(1), _now);
            router.Route(s_media, Path(2), _now);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static NetworkPath Path(ushort port) => NetworkPath.UdpIpv4(0xC0000201, port);

    private sealed class Sink : IDatagramInbox
    {
        public void Enqueue(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival) { }
    }
}
