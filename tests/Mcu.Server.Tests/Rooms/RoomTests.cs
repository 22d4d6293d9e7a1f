using System.Net;
using Mcu.Codecs;
using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Mcu.Sdp.Negotiation;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Mcu.Server.Rooms.Quality;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;

namespace Mcu.Server.Tests.Rooms;

/// <summary>Rooms as they run: real codecs, the media port and callers on loopback.</summary>
public sealed class RoomTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FaultyCodecs _codecs = new();
    private readonly FakeTimeProvider _time = new();
    private readonly MediaHost _media;
    private readonly RoomDirectory _rooms;

    public RoomTests()
    {
        _media = new MediaHost(IPAddress.Loopback, 0, [], LocalCapabilities.Default, _time, NullLogger<MediaHost>.Instance);
        _rooms = new RoomDirectory(new McuOptions(), new Mcu.Conference.ConferenceOptions(), _codecs, _media);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _rooms.Dispose();
        _media.Dispose();
    }

    [Fact]
    public async Task A_caller_hears_the_mix()
    {
        using var caller = new LoopbackCaller(_media, speaks: true);
        await caller.CallAsync(await JoinAsync("Ana"));
        await caller.Heard.WaitAsync(Patience, Stop);
    }

    [Fact]
    public void What_is_no_SDP_is_refused_before_there_is_a_room()
    {
        Should.Throw<RoomException>(() => _rooms.CheckOffer("hello")).Error.ShouldBe(RoomError.BadSdp);
        _rooms.List().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_offer_after_the_connection_was_closed_begins_a_new_one_in_the_same_session()
    {
        var session = await JoinAsync("Ana");
        using var before = new LoopbackCaller(_media, speaks: false);
        await before.CallAsync(session);
        await before.Heard.WaitAsync(Patience, Stop);
        before.HangUp();
        await EventuallyAsync(session, s => s.Leg.Ended);

        using var after = new LoopbackCaller(_media, speaks: false);
        await after.CallAsync(session);
        await after.Heard.WaitAsync(Patience, Stop);
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_participant_whose_media_hits_a_bug_is_out_and_the_others_go_on()
    {
        _codecs.DecodersFail = true;
        var (quiet, loud) = (await JoinAsync("Ana"), await JoinAsync("Boris"));
        using var listener = new LoopbackCaller(_media, speaks: false);
        await listener.CallAsync(quiet);
        using var speaker = new LoopbackCaller(_media, speaks: true);
        await speaker.CallAsync(loud);

        (await loud.Completion.WaitAsync(Patience, Stop)).ShouldBe(LeaveReason.Failed);
        var heard = listener.PacketsHeard;
        await EventuallyAsync(quiet, _ => listener.PacketsHeard > heard + 5);
        quiet.Welcome.Participants.ShouldHaveSingleItem().Name.ShouldBe("Ana");
    }

    [Fact]
    public async Task A_view_whose_encoder_failed_goes_on_with_a_keyframe()
    {
        _codecs.EncodersToFail = 2;
        using var watcher = new LoopbackCaller(_media, speaks: false, watches: true);
        await watcher.CallAsync(await JoinAsync("Ana"));
        await watcher.Heard.WaitAsync(Patience, Stop);
        _codecs.EncodersToFail.ShouldBe(0);
    }

    [Fact]
    public async Task Pages_that_are_no_more_cost_no_views_of_their_own()
    {
        var (ana, boris) = (await JoinAsync("Ana"), await JoinAsync("Boris"));
        await boris.LayoutAsync(new LayoutCommand(LayoutScope.Me, LayoutKind.Default, Pinned: null, Page: 7, SelfView: null), Stop);
        using var first = new LoopbackCaller(_media, speaks: false, watches: true);
        using var second = new LoopbackCaller(_media, speaks: false, watches: true);
        await first.CallAsync(ana);
        await second.CallAsync(boris);
        await first.Heard.WaitAsync(Patience, Stop);
        await second.Heard.WaitAsync(Patience, Stop);
        (await _rooms.DescribeAsync("room", Stop)).ShouldNotBeNull().Renditions.ShouldHaveSingleItem().Subscribers.ShouldBe(2);
    }

    [Fact]
    public async Task A_room_whose_writer_failed_ends_its_sessions_and_the_next_to_join_gets_a_new_one()
    {
        var session = await JoinAsync("Ana");
        session.Room.Post(_ => throw new InvalidOperationException("a bug"));
        (await session.Completion.WaitAsync(Patience, Stop)).ShouldBe(LeaveReason.Failed);

        await session.LeaveAsync(LeaveReason.Left);
        (await Should.ThrowAsync<RoomException>(() => session.Room.InvokeAsync(_ => true).WaitAsync(Patience, Stop))).Error.ShouldBe(
            RoomError.NotFound
        );
        _rooms.Find(session.Id).ShouldBeNull();
        (await JoinAsync("Boris")).Welcome.Participants.ShouldHaveSingleItem().Name.ShouldBe("Boris");
    }

    [Fact]
    public async Task An_empty_room_goes_after_a_minute()
    {
        var session = await JoinAsync("Ana");
        await session.LeaveAsync(LeaveReason.Left);
        await session.Completion.WaitAsync(Patience, Stop);
        _rooms.List().ShouldHaveSingleItem().Name.ShouldBe("room");
        while (_rooms.List().Count > 0)
        {
            _time.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        (await Should.ThrowAsync<RoomException>(() => session.Room.InvokeAsync(_ => true).WaitAsync(Patience, Stop))).Error.ShouldBe(
            RoomError.NotFound
        );
    }

    [Fact]
    public async Task A_session_by_HTTP_ends_thirty_seconds_after_its_media()
    {
        var session = await JoinAsync("Ana", viaWebSocket: false);
        await RunAtAsync(session, 29);
        session.Completion.IsCompleted.ShouldBeFalse();
        await RunAtAsync(session, 31);
        (await session.Completion.WaitAsync(Patience, Stop)).ShouldBe(LeaveReason.Lost);
    }

    [Fact]
    public async Task A_session_by_WebSocket_lives_thirty_seconds_on_media_alone()
    {
        var session = await JoinAsync("Ana");
        using var caller = new LoopbackCaller(_media, speaks: false);
        await caller.CallAsync(session);
        await caller.Heard.WaitAsync(Patience, Stop);
        await RunAtAsync(session, 3600);
        session.Completion.IsCompleted.ShouldBeFalse("it has its signalling");

        session.SignallingLost();
        await RunAtAsync(session, 29);
        session.Completion.IsCompleted.ShouldBeFalse("it may come back");
        session.SignallingResumed();
        await RunAtAsync(session, 31);
        session.Completion.IsCompleted.ShouldBeFalse("it came back");

        session.SignallingLost();
        await RunAtAsync(session, 31);
        (await session.Completion.WaitAsync(Patience, Stop)).ShouldBe(LeaveReason.Lost);
    }

    [Fact]
    public async Task Without_signalling_and_media_a_session_ends_at_once()
    {
        var session = await JoinAsync("Ana");
        session.SignallingLost();
        (await session.Completion.WaitAsync(Patience, Stop)).ShouldBe(LeaveReason.Lost);
    }

    [Fact]
    public async Task Only_a_host_mutes_and_removes_others()
    {
        var host = await JoinAsync("Ana", role: ParticipantRole.Host);
        var guest = await JoinAsync("Boris");
        await RefusedAsync(guest.MuteAsync(MediaKind.Audio, true, host.ParticipantId, Stop));
        await RefusedAsync(guest.KickAsync(host.ParticipantId, Stop));
        await RefusedAsync(host.MuteAsync(MediaKind.Audio, false, guest.ParticipantId, Stop));

        await host.MuteAsync(MediaKind.Audio, true, guest.ParticipantId, Stop);
        guest.Participant!.AudioMutedBy.ShouldBe(Mcu.Conference.MutedBy.Room);
        await guest.MuteAsync(MediaKind.Audio, false, null, Stop);
        guest.Participant.AudioMutedBy.ShouldBe(Mcu.Conference.MutedBy.Nobody);
        await host.KickAsync(guest.ParticipantId, Stop);
        (await guest.Completion.WaitAsync(Patience, Stop)).ShouldBe(LeaveReason.Kicked);
    }

    [Fact]
    public async Task Only_a_host_limits_what_others_receive_and_the_roster_shows_it()
    {
        var host = await JoinAsync("Ana", role: ParticipantRole.Host);
        var guest = await JoinAsync("Boris");
        await RefusedAsync(guest.LimitAsync(ReceiveLimit.AudioOnly, host.ParticipantId, Stop));
        await guest.LimitAsync(ReceiveLimit.SaveData, null, Stop);
        await host.LimitAsync(ReceiveLimit.AudioOnly, guest.ParticipantId, Stop);
        await EventuallyAsync(host, s => s.Welcome.Participants[1].ReceiveLimit == ReceiveLimit.AudioOnly);

        await _rooms.LimitAsync("room", guest.ParticipantId, ReceiveLimit.Full, Stop);
        await EventuallyAsync(host, s => s.Welcome.Participants[1].ReceiveLimit == ReceiveLimit.Full);
        foreach (var (room, participant) in new[] { ("other", guest.ParticipantId), ("room", "p_nobody") })
        {
            await RefusedAsync(_rooms.LimitAsync(room, participant, ReceiveLimit.Full, Stop), RoomError.NotFound);
        }
    }

    [Fact]
    public async Task What_a_connection_is_like_is_in_the_snapshot_and_told()
    {
        var session = await JoinAsync("Ana");
        using var caller = new LoopbackCaller(_media, speaks: true, watches: true);
        await caller.CallAsync(session);
        await caller.Heard.WaitAsync(Patience, Stop);
        (await _rooms.DescribeAsync("room", Stop)).ShouldNotBeNull().Participants[0].Quality.ShouldBeNull();

        await EventuallyAsync(session, s => s.Participant!.Sound is { Played: > 0 });
        await RunAtAsync(session, 3);
        var before = QualityReading.Of(session);
        await EventuallyAsync(session, s => QualityReading.Of(s).Sound?.Played > before.Sound!.Value.Played);
        await EventuallyAsync(session, s => QualityReading.Of(s).Expected > before.Expected);
        await RunAtAsync(session, 6);
        var quality = (await _rooms.DescribeAsync("room", Stop)).ShouldNotBeNull().Participants[0].Quality.ShouldNotBeNull();
        quality.Down.Picture.ShouldNotBeNull().Height.ShouldBeInRange(180, 720); // it begins small
        quality.Up.LossFraction.ShouldBe(0);
        quality.Up.ConcealedFraction.ShouldNotBeNull();
        quality.Up.DelayMs.ShouldNotBeNull().ShouldBeInRange(0, 200);

        EventsOf(session).OfType<QualityChanged>().ShouldNotBeEmpty();
        await RunAtAsync(session, 6.5);
        EventsOf(session).OfType<QualityChanged>().ShouldBeEmpty("the window is not over");
    }

    private static List<RoomEvent> EventsOf(RoomSession session)
    {
        var events = new List<RoomEvent>();
        while (session.Events.TryRead(out var roomEvent))
        {
            events.Add(roomEvent);
        }

        return events;
    }

    private static async Task RefusedAsync(ValueTask request, RoomError error = RoomError.Forbidden) =>
        (await Should.ThrowAsync<RoomException>(request.AsTask)).Error.ShouldBe(error);

    private async Task<RoomSession> JoinAsync(string name, bool viaWebSocket = true, ParticipantRole role = ParticipantRole.Guest) =>
        (RoomSession)await _rooms.JoinAsync(new JoinRequest("room", name, role, viaWebSocket), Stop);

    /// <summary>Lets a session look at the time as it will be.</summary>
    private static Task RunAtAsync(RoomSession session, double secondsFromNow) =>
        session.Room.InvokeAsync(now => session.Run(now + TimeSpan.FromSeconds(secondsFromNow)));

    /// <summary>Asks on the room's writer until it is so.</summary>
    private static async Task EventuallyAsync(RoomSession session, Func<RoomSession, bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(Patience);
        while (!await session.Room.InvokeAsync(_ => condition(session)))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>The real codecs, but for some that break on demand.</summary>
    private sealed class FaultyCodecs : ICodecFactory
    {
        private readonly NativeCodecFactory _real = new();

        public bool DecodersFail { get; set; }

        public int EncodersToFail { get; set; }

        public IVideoScaler Scaler => _real.Scaler;

        public IAudioDecoder CreateAudioDecoder(AudioCodec codec) =>
            DecodersFail ? throw new InvalidOperationException("a bug") : _real.CreateAudioDecoder(codec);

        public IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings) =>
            _real.CreateAudioEncoder(codec, in settings);

        public IVideoDecoder CreateVideoDecoder(VideoCodec codec) => _real.CreateVideoDecoder(codec);

        public IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings)
        {
            if (EncodersToFail > 0)
            {
                EncodersToFail--;
                throw new InvalidOperationException("a bug");
            }

            return _real.CreateVideoEncoder(codec, in settings);
        }
    }
}
