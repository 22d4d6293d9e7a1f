using System.Net;
using Mcu.Codecs;
using Mcu.Media;
using Mcu.Sdp.Negotiation;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Mcu.Server.Rooms.Capacity;
using Mcu.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;

namespace Mcu.Server.Tests.Rooms;

/// <summary>What an overloaded server refuses, and what it never does. The load is told, not made.</summary>
public sealed class AdmissionTests : IDisposable
{
    private static readonly SchedulerLoad Overload = new(LaneCores: 1000, VideoCores: 0, LaneLatenessP99: TimeSpan.Zero);
    private static readonly SchedulerLoad Calm = new(LaneCores: 0.1, VideoCores: 0, LaneLatenessP99: TimeSpan.Zero);

    private readonly MediaHost _media;
    private readonly RoomDirectory _rooms;
    private MediaTime _now;

    public AdmissionTests()
    {
        // Its timers stand still: only the tests measure.
        _media = new MediaHost(
            IPAddress.Loopback,
            0,
            [],
            LocalCapabilities.Default,
            new FakeTimeProvider(),
            NullLogger<MediaHost>.Instance
        );
        _rooms = new RoomDirectory(new McuOptions(), new Mcu.Conference.ConferenceOptions(), new NativeCodecFactory(), _media);
        _now = _media.Clock.Now;
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _rooms.Dispose();
        _media.Dispose();
    }

    [Fact]
    public async Task An_overloaded_server_refuses_joins_until_the_load_is_gone()
    {
        await JoinAsync(AdmissionPolicy.AlwaysAdmitted);
        MeasureFor(seconds: 5, Overload);
        _rooms.Capacity.Admits.ShouldBeFalse();
        _rooms.Capacity.Used.ShouldBeGreaterThan(1);
        foreach (var room in new[] { "room", "another" })
        {
            var refused = await Should.ThrowAsync<RoomException>(() => JoinAsync(1, room));
            refused.Error.ShouldBe(RoomError.Busy);
            refused.Message.ShouldContain("Try again");
        }

        _rooms.List().ShouldHaveSingleItem().ShouldBe(new RoomSummary("room", AdmissionPolicy.AlwaysAdmitted), "nobody is left behind");
        MeasureFor(seconds: 2.5, Calm);
        await JoinAsync(1, "another");
        _rooms.Capacity.Admits.ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_is_in_may_negotiate_restart_and_resume_under_any_load()
    {
        using var caller = new LoopbackCaller(_media, speaks: false);
        using var again = new LoopbackCaller(_media, speaks: false);
        var session = (await JoinAsync(AdmissionPolicy.AlwaysAdmitted))[0];
        MeasureFor(seconds: 5, Overload);
        _rooms.Capacity.Admits.ShouldBeFalse();

        await caller.CallAsync(session);
        await caller.Heard.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        session.SignallingLost();
        _rooms.Find(session.Id).ShouldBe(session);
        session.SignallingResumed();
        await again.CallAsync(session);
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_small_server_refuses_nobody()
    {
        await JoinAsync(AdmissionPolicy.AlwaysAdmitted - 1);
        MeasureFor(seconds: 30, Overload);
        await JoinAsync(1);
    }

    private async Task<List<IRoomSession>> JoinAsync(int count, string room = "room")
    {
        var sessions = new List<IRoomSession>();
        for (var i = 0; i < count; i++)
        {
            sessions.Add(await _rooms.JoinAsync(new JoinRequest(room, $"Guest {i}", ParticipantRole.Guest, ViaWebSocket: true), Stop));
        }

        return sessions;
    }

    private void MeasureFor(double seconds, SchedulerLoad load)
    {
        for (var half = 0; half < seconds * 2; half++)
        {
            _now += TimeSpan.FromSeconds(0.5);
            _rooms.Measure(load, _now);
        }
    }
}
