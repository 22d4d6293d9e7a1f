using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Mcu.Server.Rooms;
using Mcu.Server.Rooms.Quality;
using Shouldly;

namespace Mcu.Server.Tests;

/// <summary>The WebSocket's protocol, over rooms without media.</summary>
public sealed class SignallingTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(virtualTime: true);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Joined_tells_who_one_is_and_who_is_there()
    {
        using var client = await _server.ConnectAsync();
        var joined = await client.JoinAsync("Demo", "Zoë");

        joined.GetProperty("type").GetString().ShouldBe("joined");
        joined.GetProperty("re").GetInt64().ShouldBe(1);
        joined.GetProperty("session").GetString().ShouldBe(_server.Rooms.Last.Id);
        joined.GetProperty("resumeToken").GetString()!.Length.ShouldBe(43, "256 bits in base64url");
        joined.GetProperty("role").GetString().ShouldBe("host");
        joined.GetProperty("room").ToString().ShouldBe("""{"name":"demo","layout":"grid","pinned":null,"recording":false}""");
        joined
            .GetProperty("participants")[0]
            .ToString()
            .ShouldBe(
                """{"id":"p-s1","name":"Zo\u00EB","role":"host","audio":{"sending":true,"muted":false,"mutedBy":null},"video":{"sending":true,"muted":false},"screen":false,"receiveLimit":"full"}"""
            );
        joined.GetProperty("iceServers").GetArrayLength().ShouldBe(0);
        _server.Rooms.Joins.ShouldHaveSingleItem().ShouldBe(new JoinRequest("demo", "Zoë", ParticipantRole.Host, ViaWebSocket: true));
    }

    [Fact]
    public async Task An_offer_is_answered()
    {
        using var client = await JoinedAsync();
        await client.SendAsync("""{"type":"offer","id":5,"sdp":"o"}""");
        (await client.ExpectAsync("answer")).ToString().ShouldBe("""{"type":"answer","re":5,"sdp":"answer to o"}""");
    }

    [Theory]
    [InlineData("""{"type":"mute","id":9,"kind":"audio","muted":true}""", "mute Audio True ")]
    [InlineData("""{"type":"mute","id":9,"kind":"video","muted":false,"participant":"p1"}""", "mute Video False p1")]
    [InlineData("""{"type":"receive","id":9,"limit":"audio-only"}""", "receive AudioOnly ")]
    [InlineData("""{"type":"receive","id":9,"limit":"full","participant":"p1"}""", "receive Full p1")]
    [InlineData("""{"type":"chat","id":9,"text":"hello"}""", "chat hello")]
    public async Task A_request_is_done_and_confirmed(string json, string call)
    {
        using var client = await JoinedAsync();
        await client.SendAsync(json);
        (await client.ExpectAsync("ok")).GetProperty("re").GetInt64().ShouldBe(9);
        _server.Rooms.Last.Calls.ShouldHaveSingleItem().ShouldBe(call);
    }

    [Fact]
    public async Task Candidates_go_to_the_session_without_a_reply()
    {
        using var client = await JoinedAsync();
        await client.SendAsync("""{"type":"candidate","candidate":{"candidate":"c1","sdpMid":"0","sdpMLineIndex":0}}""");
        await client.SendAsync("""{"type":"candidate","candidate":null}""");
        await client.SendAsync("""{"type":"ping","t":3}""");
        (await client.ExpectAsync("pong")).GetProperty("t").GetInt32().ShouldBe(3);
        _server.Rooms.Last.Calls.ShouldBe(["candidate c1 0 0", "candidate end  "]);
    }

    [Theory]
    [InlineData("""{"type":"offer","id":2,"sdp":"bad"}""", "bad-sdp")]
    [InlineData("""{"type":"offer","id":2,"sdp":"unacceptable"}""", "bad-sdp")]
    [InlineData("""{"type":"offer","id":2,"sdp":"bug"}""", "internal")]
    [InlineData("""{"type":"kick","id":2,"participant":"nobody"}""", "not-found")]
    [InlineData("""{"type":"join","id":2,"room":"demo","name":"Ada"}""", "bad-request")]
    [InlineData("""{"type":"dance","id":2}""", "bad-request")]
    public async Task A_refused_request_gets_an_error_and_the_call_goes_on(string json, string code)
    {
        using var client = await JoinedAsync();
        await client.SendAsync(json);
        var error = await client.ExpectAsync("error");
        error.GetProperty("re").GetInt64().ShouldBe(2);
        error.GetProperty("code").GetString().ShouldBe(code);
        error.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        error.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        await client.SendAsync("""{"type":"ping","t":1}""");
        await client.ExpectAsync("pong");
    }

    [Fact]
    public async Task Nothing_is_done_before_joining()
    {
        using var client = await _server.ConnectAsync();
        await client.SendAsync("""{"type":"offer","id":2,"sdp":"o"}""");
        (await client.ExpectAsync("error")).GetProperty("code").GetString().ShouldBe("bad-request");
    }

    [Fact]
    public async Task A_full_room_says_so()
    {
        using var client = await _server.ConnectAsync();
        (await client.JoinAsync(RoomsDouble.FullRoom)).GetProperty("code").GetString().ShouldBe("room-full");
    }

    [Fact]
    public async Task A_busy_server_says_so_and_the_connection_may_ask_again()
    {
        using var client = await _server.ConnectAsync();
        (await client.JoinAsync(RoomsDouble.BusyRoom))
            .ToString()
            .ShouldBe(
                """{"type":"error","re":1,"code":"busy","title":"Too busy at the moment","detail":"One more would be too many. Try again."}"""
            );
        (await client.JoinAsync("demo")).GetProperty("type").GetString().ShouldBe("joined");
    }

    [Fact]
    public async Task Binary_and_oversized_messages_are_refused()
    {
        using var client = await JoinedAsync();
        await client.SendAsync([1, 2, 3], WebSocketMessageType.Binary);
        (await client.ExpectAsync("error")).GetProperty("code").GetString().ShouldBe("bad-request");
        await client.SendAsync(new byte[65 * 1024], WebSocketMessageType.Text);
        await client.ExpectAsync("error");
        await client.UntilClosedAsync();
        client.CloseStatus.ShouldBe(WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task What_happens_in_the_room_is_told_in_the_protocols_words()
    {
        using var client = await JoinedAsync();
        var session = _server.Rooms.Last;
        session.Raise(new ParticipantJoined(session.Info()));
        session.Raise(new ParticipantUpdated(session.Info() with { Audio = new AudioState(true, true, MutedBy.Room) }));
        session.Raise(new ActiveSpeakerChanged(null));
        session.Raise(new LayoutChanged(LayoutScope.Me, LayoutKind.Speaker, "p2", 0, 1));
        session.Raise(new ChatPosted("p2", "Bob", "hi", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));
        session.Raise(new SendLimited(320, 180, 15, 187_500));
        session.Raise(
            new QualityChanged(
                new ParticipantQuality
                {
                    RttMs = 120.5,
                    Down = new DownQuality
                    {
                        EstimateBps = 96_000,
                        BitrateBps = 80_000,
                        LossFraction = 0.05,
                        QueueDelayMs = 12,
                        Picture = new PictureQuality
                        {
                            Rung = "180p15",
                            Codec = "VP9",
                            Width = 320,
                            Height = 180,
                            FramesPerSecond = 15,
                            Reduced = true,
                        },
                    },
                    Up = new UpQuality { JitterMs = 3, DelayMs = 40 },
                }
            )
        );
        session.Raise(new ParticipantLeft("p2", LeaveReason.Left));

        (await client.ExpectAsync("participant-joined")).GetProperty("participant").GetProperty("id").GetString().ShouldBe("p-s1");
        var updated = await client.ExpectAsync("participant-updated");
        updated.GetProperty("participant").GetProperty("audio").GetProperty("mutedBy").GetString().ShouldBe("room");
        (await client.ExpectAsync("active-speaker")).GetProperty("participant").ValueKind.ShouldBe(JsonValueKind.Null);
        (await client.ExpectAsync("layout"))
            .ToString()
            .ShouldBe("""{"type":"layout","scope":"me","layout":"speaker","pinned":"p2","page":0,"pages":1}""");
        (await client.ExpectAsync("chat"))
            .ToString()
            .ShouldBe("""{"type":"chat","from":"p2","name":"Bob","text":"hi","at":"2026-01-02T03:04:05+00:00"}""");
        (await client.ExpectAsync("send"))
            .ToString()
            .ShouldBe("""{"type":"send","maxWidth":320,"maxHeight":180,"maxFramesPerSecond":15,"maxBitrateBps":187500}""");
        (await client.ExpectAsync("quality"))
            .GetProperty("quality")
            .ToString()
            .ShouldBe(
                """{"rttMs":120.5,"down":{"estimateBps":96000,"bitrateBps":80000,"lossFraction":0.05,"jitterMs":null,"queueDelayMs":12,"picture":{"rung":"180p15","codec":"VP9","width":320,"height":180,"framesPerSecond":15,"bitrateBps":0,"reduced":true}},"up":{"bitrateBps":0,"lossFraction":null,"jitterMs":3,"delayMs":40,"concealedFraction":null,"maxWidth":null,"maxHeight":null}}"""
            );
        (await client.ExpectAsync("participant-left")).ToString().ShouldBe("""{"type":"participant-left","id":"p2","reason":"left"}""");
    }

    [Fact]
    public async Task Leave_is_answered_with_closed()
    {
        using var client = await JoinedAsync();
        await client.SendAsync("""{"type":"leave","id":7}""");
        (await client.ExpectAsync("closed")).ToString().ShouldBe("""{"type":"closed","re":7,"reason":"left"}""");
        (await client.UntilClosedAsync()).ShouldBeTrue();
        client.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
    }

    [Fact]
    public async Task Who_is_removed_is_told_why()
    {
        using var client = await JoinedAsync();
        await _server.Rooms.Last.LeaveAsync(LeaveReason.Kicked);
        (await client.ExpectAsync("closed")).GetProperty("reason").GetString().ShouldBe("kicked");
        (await client.UntilClosedAsync()).ShouldBeTrue();
    }

    [Theory]
    [InlineData(WebSocketCloseStatus.NormalClosure)]
    [InlineData(WebSocketCloseStatus.EndpointUnavailable)]
    public async Task A_proper_close_leaves_at_once(WebSocketCloseStatus status)
    {
        using var client = await JoinedAsync();
        await client.CloseAsync(status);
        (await _server.Rooms.Last.Completion.WaitAsync(TestContext.Current.CancellationToken)).ShouldBe(LeaveReason.Left);
        _server.Rooms.Last.Lost.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_broken_connection_keeps_the_session_and_a_new_one_resumes_it()
    {
        using var first = await _server.ConnectAsync();
        var joined = await first.JoinAsync();
        var session = _server.Rooms.Last;
        first.Abort();
        await session.Lost.Task.WaitAsync(TestContext.Current.CancellationToken);
        session.Raise(new ActiveSpeakerChanged("p2"));

        using var second = await _server.ConnectAsync();
        await second.SendAsync(Resume(joined));
        var again = await second.ExpectAsync("joined");
        again.GetProperty("session").GetString().ShouldBe(session.Id);
        again.GetProperty("resumeToken").GetString().ShouldBe(joined.GetProperty("resumeToken").GetString());
        session.Resumed.Task.IsCompleted.ShouldBeTrue();
        (await second.ExpectAsync("active-speaker")).GetProperty("participant").GetString().ShouldBe("p2");
        session.Completion.IsCompleted.ShouldBeFalse();
        _server.Rooms.Joins.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Resuming_replaces_a_connection_that_still_lives()
    {
        using var first = await _server.ConnectAsync();
        var joined = await first.JoinAsync();
        using var second = await _server.ConnectAsync();
        await second.SendAsync(Resume(joined));
        await second.ExpectAsync("joined");

        (await first.ExpectAsync("closed")).GetProperty("reason").GetString().ShouldBe("replaced");
        await first.UntilClosedAsync();
        await first.CloseAsync(WebSocketCloseStatus.NormalClosure);
        _server.Rooms.Last.Raise(new ActiveSpeakerChanged("p2"));
        await second.ExpectAsync("active-speaker");
        _server.Rooms.Last.Completion.IsCompleted.ShouldBeFalse("the old connection's close is no leave");
        _server.Rooms.Last.Lost.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_wrong_token_or_an_ended_session_is_not_resumed()
    {
        using var first = await _server.ConnectAsync();
        var joined = await first.JoinAsync();
        using var second = await _server.ConnectAsync();
        await second.SendAsync("""{"type":"resume","id":3,"session":"s1","resumeToken":"wrong"}""");
        (await second.ExpectAsync("error")).GetProperty("code").GetString().ShouldBe("not-found");

        await _server.Rooms.Last.LeaveAsync(LeaveReason.Left);
        await first.UntilClosedAsync();
        await second.SendAsync(Resume(joined));
        (await second.ExpectAsync("error")).GetProperty("code").GetString().ShouldBe("not-found");
    }

    [Fact]
    public async Task The_server_pings_every_two_seconds()
    {
        using var client = await JoinedAsync();
        _server.Time.Advance(TimeSpan.FromSeconds(2));
        (await client.ExpectAsync("ping")).GetProperty("t").ValueKind.ShouldBe(JsonValueKind.Number);
    }

    [Fact]
    public async Task Silence_of_six_seconds_is_taken_for_death()
    {
        using var client = await JoinedAsync();
        _server.Time.Advance(TimeSpan.FromSeconds(5.9));
        await client.ExpectAsync("ping");
        await client.SendAsync("""{"type":"ping","t":1}""");
        await client.ExpectAsync("pong");

        _server.Time.Advance(TimeSpan.FromSeconds(5.9));
        await client.ExpectAsync("ping");
        _server.Rooms.Last.Lost.Task.IsCompleted.ShouldBeFalse("it spoke less than six seconds ago");

        _server.Time.Advance(TimeSpan.FromSeconds(0.1));
        await _server.Rooms.Last.Lost.Task.WaitAsync(TestContext.Current.CancellationToken);
        _server.Rooms.Last.Completion.IsCompleted.ShouldBeFalse();
        (await client.UntilClosedAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Who_does_not_join_within_ten_seconds_is_sent_away()
    {
        using var joined = await JoinedAsync();
        using var stranger = await _server.ConnectAsync();
        // The connection is accepted before it is served: its clocks run once it has answered.
        await stranger.SendAsync("""{"type":"ping","t":0}""");
        await stranger.ExpectAsync("pong");
        for (var second = 2; second < 10; second += 2)
        {
            _server.Time.Advance(TimeSpan.FromSeconds(2));
            foreach (var client in new[] { joined, stranger })
            {
                await client.ExpectAsync("ping");
                await client.SendAsync("""{"type":"ping","t":1}""");
                await client.ExpectAsync("pong");
            }
        }

        _server.Time.Advance(TimeSpan.FromSeconds(2));
        (await stranger.ExpectAsync("error")).GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("10 s");
        (await stranger.UntilClosedAsync()).ShouldBeTrue();
        stranger.CloseStatus.ShouldBe(WebSocketCloseStatus.PolicyViolation);
        await joined.SendAsync("""{"type":"ping","t":2}""");
        await joined.ExpectAsync("pong");
    }

    [Fact]
    public async Task Too_many_messages_are_refused_until_time_has_passed()
    {
        using var client = await JoinedAsync();
        for (var count = 0; count < 100; count++)
        {
            await client.SendAsync("""{"type":"pong","t":1}""");
        }

        (await client.ExpectAsync("error")).GetProperty("code").GetString().ShouldBe("rate-limited");
        _server.Time.Advance(TimeSpan.FromSeconds(1));
        await client.SendAsync("""{"type":"ping","t":1}""");
        await client.ExpectAsync("pong");
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    [InlineData("same", true)]
    public async Task Pages_of_other_sites_do_not_connect(string origin, bool allowed)
    {
        var sameOrigin = _server.Http.BaseAddress!.GetLeftPart(UriPartial.Authority);
        var connect = _server.ConnectAsync(origin: origin == "same" ? sameOrigin : origin);
        if (allowed)
        {
            (await connect).Dispose();
        }
        else
        {
            (await connect.ShouldThrowAsync<WebSocketException>()).Message.ShouldContain("403");
        }
    }

    [Fact]
    public async Task A_plain_request_is_told_to_use_the_protocol() =>
        await HttpApiTests.ShouldBeProblem(await _server.SendAsync(HttpMethod.Get, "/api/v1/ws"), 426, "WebSocket");

    [Fact]
    public async Task The_servers_end_is_told_to_everybody_and_takes_under_three_seconds()
    {
        using var joined = await JoinedAsync();
        using var visitor = await _server.ConnectAsync();
        var stopping = _server.StopAsync();
        (await joined.ExpectAsync("closed")).GetProperty("reason").GetString().ShouldBe("shutdown");
        await joined.UntilClosedAsync();
        await joined.CloseAsync(WebSocketCloseStatus.NormalClosure);
        await visitor.UntilClosedAsync();
        visitor.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
        await stopping.WaitAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
    }

    private async Task<SignallingClient> JoinedAsync()
    {
        var client = await _server.ConnectAsync();
        (await client.JoinAsync()).GetProperty("type").GetString().ShouldBe("joined");
        return client;
    }

    private static string Resume(JsonElement joined) =>
        new StringBuilder("""{"type":"resume","id":2,"session":""")
            .Append(joined.GetProperty("session").GetRawText())
            .Append(",\"resumeToken\":")
            .Append(joined.GetProperty("resumeToken").GetRawText())
            .Append('}')
            .ToString();
}
