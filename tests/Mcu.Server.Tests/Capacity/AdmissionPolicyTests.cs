using Mcu.Media;
using Mcu.Server.Rooms.Capacity;
using Mcu.Transport;
using Shouldly;

namespace Mcu.Server.Tests.Capacity;

/// <summary>Who is let in, in virtual time: one room on a server of two cores, observed twice a second.</summary>
public sealed class AdmissionPolicyTests
{
    private const int Cores = 2;

    private readonly AdmissionPolicy _policy = new(percent: 75, Cores);
    private readonly RoomAdmission _room;
    private MediaTime _now = MediaTime.FromMilliseconds(100_000);
    private long _late;
    private long _missed;

    public AdmissionPolicyTests() => _room = _policy.AddRoom();

    [Fact]
    public void A_quiet_server_admits()
    {
        Observe(seconds: 60, sessions: 500, writer: 0.3);
        _policy.Refuse(_room).ShouldBeNull();
        _policy.Refuse(room: null).ShouldBeNull();
        _room.Used.ShouldBe(0.3 * 501 / 500 / 0.75, 1e-9);
        _policy.Used.ShouldBe(0.3 * 501 / 500 / 1.5, 1e-9);
    }

    [Fact]
    public void A_room_whose_writer_would_take_too_much_is_closed_and_other_rooms_are_not()
    {
        Observe(seconds: 10, sessions: 100, writer: 0.749);
        _policy.Refuse(_room).ShouldBe(JoinRefusal.Room, "with one more it would be over 75 %");
        _policy.Refuse(room: null).ShouldBeNull();
        _policy.Refuse(_policy.AddRoom()).ShouldBeNull();
        _policy.Admits.ShouldBeTrue();
    }

    [Fact]
    public void All_rooms_together_close_the_server()
    {
        Observe(seconds: 10, sessions: 1000, writer: 0.1, lanes: 1.51);
        _policy.Refuse(_room).ShouldBe(JoinRefusal.Server);
        _policy.Refuse(room: null).ShouldBe(JoinRefusal.Server);
        _policy.Admits.ShouldBeFalse();
        _policy.Used.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void Lanes_that_wait_for_threads_close_the_server()
    {
        Observe(seconds: 10, sessions: 100, writer: 0.2, latenessMs: 9);
        _policy.Refuse(_room).ShouldBeNull();
        Observe(seconds: 4, sessions: 100, writer: 0.2, latenessMs: 11);
        _policy.Refuse(room: null).ShouldBe(JoinRefusal.Late);
        Observe(seconds: 2.5, sessions: 100, writer: 0.2);
        _policy.Refuse(room: null).ShouldBeNull();
    }

    [Fact]
    public void Late_ticks_close_the_room_while_they_last()
    {
        Observe(seconds: 10, sessions: 100, writer: 0.2);
        Observe(seconds: 4, sessions: 100, writer: 0.2, latePerSecond: 2);
        _policy.Refuse(_room).ShouldBe(JoinRefusal.Late);
        _policy.Refuse(_policy.AddRoom()).ShouldBeNull("it is this room's trouble");
        Observe(seconds: 2.5, sessions: 100, writer: 0.2);
        _policy.Refuse(_room).ShouldBeNull();
    }

    [Theory]
    [InlineData(1.0, 0, 0)]
    [InlineData(0.1, 200, 0)]
    [InlineData(0.1, 0, 50)]
    public void A_burst_of_two_seconds_refuses_nobody(double writer, double latenessMs, int latePerSecond)
    {
        for (var burst = 0; burst < 5; burst++)
        {
            Observe(seconds: 5, sessions: 50, writer: 0.2);
            for (var half = 0; half < 4; half++)
            {
                Observe(seconds: 0.5, sessions: 50, writer, latenessMs: latenessMs, latePerSecond: latePerSecond);
                _policy.Refuse(_room).ShouldBeNull();
            }
        }
    }

    [Fact]
    public void The_first_few_are_let_in_whatever_is_measured()
    {
        Observe(seconds: 30, sessions: AdmissionPolicy.AlwaysAdmitted - 1, writer: 1, lanes: 2, latenessMs: 500, missedPerSecond: 5);
        _policy.Refuse(_room).ShouldBeNull();
        Observe(seconds: 1, sessions: AdmissionPolicy.AlwaysAdmitted, writer: 1, lanes: 2, latenessMs: 500);
        _policy.Refuse(_room).ShouldBe(JoinRefusal.Room);
    }

    [Fact]
    public void Ticks_missed_in_one_burst_are_forgiven_and_those_missed_again_are_not()
    {
        Observe(seconds: 10, sessions: 50, writer: 0.2);
        Observe(seconds: 1, sessions: 50, writer: 0.2, missedPerSecond: 6);
        _policy.Refuse(_room).ShouldBeNull();
        Observe(seconds: 2, sessions: 50, writer: 0.2);
        Observe(seconds: 0.5, sessions: 50, writer: 0.2, missedPerSecond: 6);
        _policy.Refuse(_room).ShouldBe(JoinRefusal.Late);
        _policy.Refuse(_policy.AddRoom()).ShouldBeNull("it is this room's trouble");
        Observe(seconds: 5, sessions: 50, writer: 0.2);
        _policy.Refuse(_room).ShouldBe(JoinRefusal.Late, "it is not yet five seconds ago");
        Observe(seconds: 0.5, sessions: 50, writer: 0.2);
        _policy.Refuse(_room).ShouldBeNull();
    }

    [Fact]
    public void Admission_does_not_flap()
    {
        Observe(seconds: 5, sessions: 100, writer: 0.76);
        for (var i = 0; i < 20; i++)
        {
            Observe(seconds: 0.5, sessions: 100, writer: i % 2 == 0 ? 0.70 : 0.76);
            _policy.Refuse(_room).ShouldBe(JoinRefusal.Room);
        }

        Observe(seconds: 2, sessions: 80, writer: 0.6);
        _policy.Refuse(_room).ShouldBe(JoinRefusal.Room, "it may be a moment's luck");
        Observe(seconds: 0.5, sessions: 80, writer: 0.6);
        _policy.Refuse(_room).ShouldBeNull();
        for (var i = 0; i < 20; i++)
        {
            Observe(seconds: 1.5, sessions: 80, writer: 0.76);
            Observe(seconds: 0.5, sessions: 80, writer: 0.6);
            _policy.Refuse(_room).ShouldBeNull();
        }
    }

    /// <summary>200 in 10 s into a room of ten: each costs 1 ms of the writer's time to join, and 0.2 % of it from then on.</summary>
    [Fact]
    public void A_storm_of_joins_on_a_healthy_server_passes()
    {
        Observe(seconds: 5, sessions: 10, writer: 0.02);
        for (var sessions = 10; sessions <= 210; sessions += 10)
        {
            Observe(seconds: 0.5, sessions, writer: (sessions * 0.002) + (20 * 0.001));
            _policy.Refuse(_room).ShouldBeNull();
        }
    }

    /// <summary>Joins that have not begun to cost anything are foreseen at the price of the others.</summary>
    [Fact]
    public void Those_who_are_joining_count()
    {
        Observe(seconds: 5, sessions: 100, writer: 0.5);
        for (var sessions = 130; _policy.Refuse(_room) is null; sessions = sessions * 13 / 10)
        {
            sessions.ShouldBeLessThan(1000);
            Observe(seconds: 0.5, sessions, writer: 0.6);
        }

        _policy.Refuse(_room).ShouldBe(JoinRefusal.Room, "0.6 for the many there were, and three in ten more");
    }

    [Fact]
    public void Zero_percent_admits_everybody()
    {
        var policy = new AdmissionPolicy(percent: 0, Cores);
        var room = policy.AddRoom();
        for (var i = 0; i < 100; i++)
        {
            _now += TimeSpan.FromSeconds(0.5);
            room.Observe(new RoomLoad(1, 1000, i, i), _now);
            policy.Observe(new ServerLoad(new SchedulerLoad(2, 2, TimeSpan.FromSeconds(1)), 1000), _now);
        }

        policy.Refuse(room).ShouldBeNull();
        policy.Admits.ShouldBeTrue();
    }

    private void Observe(
        double seconds,
        int sessions,
        double writer,
        double? lanes = null,
        double latenessMs = 0.2,
        int missedPerSecond = 0,
        int latePerSecond = 0
    )
    {
        var scheduler = new SchedulerLoad(lanes ?? writer, 0, TimeSpan.FromMilliseconds(latenessMs));
        for (var half = 0; half < seconds * 2; half++)
        {
            _now += TimeSpan.FromSeconds(0.5);
            _missed += missedPerSecond / 2;
            _late += latePerSecond / 2;
            _room.Observe(new RoomLoad(writer, sessions, _late, _missed), _now);
            _policy.Observe(new ServerLoad(scheduler, sessions), _now);
        }
    }
}
