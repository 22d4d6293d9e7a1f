using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Shouldly;

namespace Mcu.Server.Tests;

/// <summary>Sessions and rooms over HTTP, on an open server.</summary>
public sealed class HttpApiTests : IAsyncLifetime
{
    private const string Sessions = "/api/v1/rooms/demo/sessions";
    private const string Fragment = "application/trickle-ice-sdpfrag";

    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await RunningServer.StartAsync(options =>
        {
            options.IceServers = ["stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp"];
            options.TurnSecret = "shared";
        });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(Sessions + "?name=Ada", "Ada", ParticipantRole.Host)]
    [InlineData(Sessions, "Guest", ParticipantRole.Host)]
    [InlineData("/whip/demo?name=Cam", "Cam", ParticipantRole.Host)]
    [InlineData("/whep/demo?name=Eve", "Eve", ParticipantRole.Viewer)]
    public async Task An_offer_is_answered_with_a_session(string path, string name, ParticipantRole role)
    {
        var response = await _server.SendAsync(HttpMethod.Post, path, "offer");

        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await BodyOf(response)).ShouldBe("answer to offer");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/sdp");
        response.Headers.Location!.OriginalString.ShouldBe($"{Sessions}/{_server.Rooms.Last.Id}");
        response.Headers.ETag!.Tag.ShouldBe("\"ice1\"");
        _server.Rooms.Joins.ShouldHaveSingleItem().ShouldBe(new JoinRequest("demo", name, role, ViaWebSocket: false));
    }

    [Fact]
    public async Task Ice_servers_come_as_link_headers()
    {
        var links = (await JoinAsync()).Headers.GetValues("Link").ToList();
        links[0].ShouldBe("<stun:192.0.2.1:3478>; rel=\"ice-server\"");
        links[1].ShouldStartWith("<turn:192.0.2.1:3478?transport=udp>; rel=\"ice-server\"; username=\"");
        links[1].ShouldEndWith("credential-type=\"password\"");
    }

    [Fact]
    public async Task Room_names_do_not_depend_on_capitals()
    {
        await _server.SendAsync(HttpMethod.Post, "/whip/DEMO", "offer");
        _server.Rooms.Joins.ShouldHaveSingleItem().Room.ShouldBe("demo");
    }

    [Theory]
    [InlineData("/whip/b%20ad", "offer", "application/sdp", 400, "letters a-z")]
    [InlineData("/whip/..x", "offer", "application/sdp", 400, "letters a-z")]
    [InlineData(Sessions + "?name=%20", "offer", "application/sdp", 400, "1 to 64 characters")]
    [InlineData(Sessions + "?name=a%0Ab", "offer", "application/sdp", 400, "1 to 64 characters")]
    [InlineData(Sessions, "offer", "text/plain", 415, "application/sdp")]
    [InlineData(Sessions, null, "", 415, "application/sdp")]
    [InlineData(Sessions, SessionDouble.BadSdp, "application/sdp", 400, "Line 1")]
    [InlineData(Sessions, SessionDouble.UnacceptableSdp, "application/sdp", 422, "No codec")]
    [InlineData("/whip/full", "offer", "application/sdp", 503, "full")]
    [InlineData("/whip/busy", "offer", "application/sdp", 503, "try again")]
    [InlineData(Sessions, "bug", "application/sdp", 500, "logged")]
    public async Task What_cannot_be_joined_says_what_to_do(string path, string? body, string type, int status, string detail)
    {
        var response = await _server.SendAsync(HttpMethod.Post, path, body, type);
        await ShouldBeProblem(response, status, detail);
        _server.Rooms.List().ShouldBeEmpty("a refused join leaves nobody behind");
    }

    [Theory]
    [InlineData("/whip/busy", "busy", "Too busy at the moment")]
    [InlineData("/whep/busy", "busy", "Too busy at the moment")]
    [InlineData("/api/v1/rooms/busy/sessions", "busy", "Too busy at the moment")]
    [InlineData("/whip/full", "room-full", "The room is full")]
    public async Task Who_is_turned_away_is_told_when_to_come_back(string path, string code, string title)
    {
        var response = await _server.SendAsync(HttpMethod.Post, path, "offer");
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(30));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonElement.Parse(await BodyOf(response));
        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("title").GetString().ShouldBe(title);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_64_KiB_is_refused(bool withLength)
    {
        using var content = new StreamContent(new MemoryStream(new byte[(64 * 1024) + 1]));
        content.Headers.ContentType = new("application/sdp");
        using var request = new HttpRequestMessage(HttpMethod.Post, Sessions) { Content = content };
        request.Headers.TransferEncodingChunked = !withLength;
        await ShouldBeProblem(await _server.Http.SendAsync(request, TestContext.Current.CancellationToken), 413, "65536 bytes");
    }

    [Fact]
    public async Task Too_many_joins_from_one_address_must_wait()
    {
        await using var server = await RunningServer.StartAsync(options => options.Limits.JoinsPerMinute = 2);
        await server.SendAsync(HttpMethod.Post, Sessions, "offer");
        await server.SendAsync(HttpMethod.Post, Sessions, "offer");
        var third = await server.SendAsync(HttpMethod.Post, Sessions, "offer");
        await ShouldBeProblem(third, 429, "try again in");
        third.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);

        using var client = await server.ConnectAsync();
        (await client.JoinAsync()).GetProperty("code").GetString().ShouldBe("rate-limited");
    }

    [Fact]
    public async Task Candidates_trickle_and_a_restart_gets_the_servers_fragment()
    {
        var session = (await JoinAsync()).Headers.Location!.OriginalString;

        (await _server.SendAsync(HttpMethod.Patch, session, "a=candidate", Fragment, ifMatch: "\"ice1\"")).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        _server.Rooms.Last.Calls.ShouldContain("trickle a=candidate");

        var restart = await _server.SendAsync(HttpMethod.Patch, session, SessionDouble.RestartFragment, Fragment, ifMatch: "*");
        restart.StatusCode.ShouldBe(HttpStatusCode.OK);
        restart.Content.Headers.ContentType!.MediaType.ShouldBe(Fragment);
        restart.Headers.ETag!.Tag.ShouldBe("\"ice2\"");
        (await BodyOf(restart)).ShouldBe("server fragment");

        await ShouldBeProblem(await _server.SendAsync(HttpMethod.Patch, session, "late", Fragment, ifMatch: "\"ice1\""), 412, "ETag");
    }

    [Fact]
    public async Task An_offer_to_the_session_renegotiates()
    {
        var session = (await JoinAsync()).Headers.Location!.OriginalString;
        var response = await _server.SendAsync(HttpMethod.Patch, session, "second offer");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await BodyOf(response)).ShouldBe("answer to second offer");
    }

    [Fact]
    public async Task A_patch_of_another_type_is_told_which_are_taken()
    {
        var session = (await JoinAsync()).Headers.Location!.OriginalString;
        var response = await _server.SendAsync(HttpMethod.Patch, session, "{}", "text/plain");
        await ShouldBeProblem(response, 415, Fragment);
        response.Headers.GetValues("Accept-Patch").Single().ShouldContain(Fragment);
    }

    [Fact]
    public async Task A_session_limits_what_it_receives_itself()
    {
        var session = (await JoinAsync()).Headers.Location!.OriginalString;
        var response = await _server.SendAsync(HttpMethod.Patch, session, """{"receiveLimit":"save-data"}""", "application/json");
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        _server.Rooms.Last.Calls.ShouldHaveSingleItem().ShouldBe("receive SaveData ");
        foreach (var body in new[] { "{}", "no JSON", """{"receiveLimit":"little"}""", """{"receiveLimit":2}""", "null" })
        {
            await ShouldBeProblem(await _server.SendAsync(HttpMethod.Patch, session, body, "application/json"), 400, "audio-only");
        }
    }

    [Fact]
    public async Task A_host_limits_what_a_participant_receives()
    {
        await JoinAsync();
        var participant = _server.Rooms.Last.ParticipantId;
        var path = $"/api/v1/rooms/demo/participants/{participant}";
        var response = await _server.SendAsync(HttpMethod.Patch, path, """{"receiveLimit":"audio-only"}""", "application/json");
        response.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        _server.Rooms.Last.Calls.ShouldHaveSingleItem().ShouldBe($"receive AudioOnly {participant}");

        await ShouldBeProblem(await _server.SendAsync(HttpMethod.Patch, path, "{}", "application/json"), 400, "audio-only");
        await ShouldBeProblem(
            await _server.SendAsync(HttpMethod.Patch, path + "0", """{"receiveLimit":"full"}""", "application/json"),
            404,
            "participant"
        );
    }

    [Fact]
    public async Task Delete_leaves_once()
    {
        var session = (await JoinAsync()).Headers.Location!.OriginalString;
        (await _server.SendAsync(HttpMethod.Delete, session)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _server.Rooms.Last.Completion).ShouldBe(LeaveReason.Left);
        await ShouldBeProblem(await _server.SendAsync(HttpMethod.Delete, session), 404, "join again");
        await ShouldBeProblem(await _server.SendAsync(HttpMethod.Patch, session, "x"), 404, "join again");
    }

    [Fact]
    public async Task A_session_is_found_under_its_own_room_only()
    {
        var session = (await JoinAsync()).Headers.Location!.OriginalString;
        await ShouldBeProblem(
            await _server.SendAsync(HttpMethod.Delete, session.Replace("demo", "other", StringComparison.Ordinal)),
            404,
            "no such session"
        );
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task Other_methods_are_not_allowed_on_endpoints_and_sessions(string method)
    {
        var session = (await JoinAsync()).Headers.Location!.OriginalString;
        foreach (var path in new[] { "/whip/demo", Sessions, session })
        {
            var response = await _server.SendAsync(new HttpMethod(method), path);
            await ShouldBeProblem(response, 405, "Allow");
            response.Content.Headers.Allow.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task Options_tell_what_is_taken()
    {
        var endpoint = await _server.SendAsync(HttpMethod.Options, "/whip/demo");
        endpoint.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        endpoint.Headers.GetValues("Accept-Post").ShouldBe(["application/sdp"]);
    }

    [Fact]
    public async Task Rooms_are_listed_and_described()
    {
        (await _server.Http.GetFromJsonAsync<JsonElement>("/api/v1/rooms", TestContext.Current.CancellationToken))
            .GetArrayLength()
            .ShouldBe(0);
        await ShouldBeProblem(await _server.SendAsync(HttpMethod.Get, "/api/v1/rooms/demo"), 404, "no such room");

        await JoinAsync();
        var rooms = await _server.Http.GetFromJsonAsync<JsonElement>("/api/v1/rooms", TestContext.Current.CancellationToken);
        rooms[0].ToString().ShouldBe("""{"name":"demo","participants":1}""");
        var room = await _server.Http.GetFromJsonAsync<JsonElement>("/api/v1/rooms/demo", TestContext.Current.CancellationToken);
        room.GetProperty("layout").GetString().ShouldBe("grid");
        var participant = room.GetProperty("participants")[0];
        participant.GetProperty("participant").GetProperty("role").GetString().ShouldBe("host");
        participant.GetProperty("sends")[0].GetProperty("codec").GetString().ShouldBe("opus");
    }

    [Fact]
    public async Task Tokens_need_a_secret_to_sign_them()
    {
        var response = await _server.SendAsync(HttpMethod.Post, "/api/v1/rooms/demo/tokens", "{}", "application/json");
        await ShouldBeProblem(response, 409, "MCU_TOKEN_SECRET");
    }

    [Fact]
    public async Task Other_sites_may_call_only_when_configured()
    {
        await using var server = await RunningServer.StartAsync((McuOptions options) => options.CorsOrigins = ["https://example.com"]);
        foreach (var (origin, allowed) in new[] { ("https://example.com", true), ("https://example.org", false) })
        {
            using var preflight = new HttpRequestMessage(HttpMethod.Options, "/whip/demo");
            preflight.Headers.Add("Origin", origin);
            preflight.Headers.Add("Access-Control-Request-Method", "POST");
            preflight.Headers.Add("Access-Control-Request-Headers", "content-type,authorization");
            var response = await server.Http.SendAsync(preflight, TestContext.Current.CancellationToken);
            response.Headers.Contains("Access-Control-Allow-Origin").ShouldBe(allowed);
        }
    }

    private async Task<HttpResponseMessage> JoinAsync() => await _server.SendAsync(HttpMethod.Post, Sessions + "?name=Ada", "offer");

    private static Task<string> BodyOf(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    internal static async Task ShouldBeProblem(HttpResponseMessage response, int status, string detail)
    {
        var body = await BodyOf(response);
        ((int)response.StatusCode).ShouldBe(status, body);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonElement.Parse(body);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrWhiteSpace();
        problem.GetProperty("code").GetString().ShouldNotBeNullOrWhiteSpace();
        problem.GetProperty("detail").GetString()!.ShouldContain(detail, Case.Insensitive);
    }
}
