using System.Net;
using System.Text.Json;
using Mcu.Server.Access;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Microsoft.Extensions.Time.Testing;
using Shouldly;

namespace Mcu.Server.Tests;

/// <summary>Who may do what on a server with secrets.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Sessions = "/api/v1/rooms/demo/sessions";

    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartClosedAsync(virtualTime: true);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("POST", Sessions)]
    [InlineData("POST", "/whip/demo")]
    [InlineData("GET", "/api/v1/rooms")]
    [InlineData("GET", "/api/v1/rooms/demo")]
    [InlineData("DELETE", Sessions + "/s1")]
    [InlineData("PATCH", Sessions + "/s1")]
    [InlineData("GET", "/metrics")]
    public async Task Without_a_key_or_token_nothing_opens(string method, string path)
    {
        foreach (var credential in new[] { null, "wrong", RunningServer.ApiKey + "x", "a.b.c" })
        {
            var response = await _server.SendAsync(new HttpMethod(method), path, method == "POST" ? "offer" : null, credential: credential);
            await HttpApiTests.ShouldBeProblem(response, 401, "Bearer");
            response.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Bearer");
        }
    }

    [Fact]
    public async Task Health_and_the_web_page_need_no_key()
    {
        (await _server.SendAsync(HttpMethod.Get, "/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _server.SendAsync(HttpMethod.Get, "/r/demo")).StatusCode.ShouldNotBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_api_key_opens_everything()
    {
        (await _server.SendAsync(HttpMethod.Post, Sessions, "offer", credential: RunningServer.ApiKey)).StatusCode.ShouldBe(
            HttpStatusCode.Created
        );
        (await _server.SendAsync(HttpMethod.Get, "/api/v1/rooms", credential: RunningServer.ApiKey)).StatusCode.ShouldBe(HttpStatusCode.OK);
        _server.Rooms.Joins.ShouldHaveSingleItem().Role.ShouldBe(ParticipantRole.Host);
    }

    [Theory]
    [InlineData("host", ParticipantRole.Host)]
    [InlineData("guest", ParticipantRole.Guest)]
    [InlineData("viewer", ParticipantRole.Viewer)]
    public async Task A_token_gives_its_role_and_name(string role, ParticipantRole expected)
    {
        var token = await MintAsync($$"""{"role":"{{role}}","name":"Ada"}""");
        var response = await _server.SendAsync(HttpMethod.Post, Sessions + "?name=Mallory", "offer", credential: token);
        response.StatusCode.ShouldBe(HttpStatusCode.Created);
        _server.Rooms.Joins.ShouldHaveSingleItem().ShouldBe(new JoinRequest("demo", "Ada", expected, ViaWebSocket: false));
    }

    [Fact]
    public async Task A_token_may_come_in_the_query_and_leaves_the_name_free()
    {
        var token = await MintAsync("{}");
        (await _server.SendAsync(HttpMethod.Post, $"{Sessions}?name=Eve&token={token}", "offer")).StatusCode.ShouldBe(
            HttpStatusCode.Created
        );
        _server.Rooms.Joins.ShouldHaveSingleItem().ShouldBe(new JoinRequest("demo", "Eve", ParticipantRole.Guest, ViaWebSocket: false));
    }

    [Fact]
    public async Task A_token_opens_its_own_room_only()
    {
        var token = await MintAsync("{}");
        await HttpApiTests.ShouldBeProblem(
            await _server.SendAsync(HttpMethod.Post, "/whip/other", "offer", credential: token),
            403,
            "another room"
        );
        await HttpApiTests.ShouldBeProblem(await _server.SendAsync(HttpMethod.Get, "/api/v1/rooms", credential: token), 403, "API key");

        using var client = await _server.ConnectAsync();
        (await client.JoinAsync("other", more: $",\"token\":\"{token}\"")).GetProperty("code").GetString().ShouldBe("forbidden");
        (await client.JoinAsync("demo")).GetProperty("code").GetString().ShouldBe("unauthorized");
        (await client.JoinAsync("demo", more: $",\"token\":\"{token}\"")).GetProperty("role").GetString().ShouldBe("guest");
    }

    [Fact]
    public async Task A_websocket_may_bring_its_token_in_the_query()
    {
        using var client = await _server.ConnectAsync("token=" + await MintAsync("""{"role":"viewer"}"""));
        (await client.JoinAsync("demo")).GetProperty("role").GetString().ShouldBe("viewer");
    }

    [Fact]
    public async Task A_token_ends_at_its_time()
    {
        var token = await MintAsync("""{"expiresInSeconds":60}""");
        _server.Time.Advance(TimeSpan.FromSeconds(59));
        (await _server.SendAsync(HttpMethod.Post, Sessions, "offer", credential: token)).StatusCode.ShouldBe(HttpStatusCode.Created);
        _server.Time.Advance(TimeSpan.FromSeconds(32));
        (await _server.SendAsync(HttpMethod.Post, Sessions, "offer", credential: token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("""{"expiresInSeconds":1}""", "expiresInSeconds")]
    [InlineData("""{"name":" "}""", "1 to 64")]
    [InlineData("""{"role":"king"}""", "")]
    [InlineData("{", "")]
    public async Task A_wrong_token_request_is_refused(string body, string detail)
    {
        var response = await _server.SendAsync(
            HttpMethod.Post,
            "/api/v1/rooms/demo/tokens",
            body,
            "application/json",
            RunningServer.ApiKey
        );
        await HttpApiTests.ShouldBeProblem(response, 400, detail);
    }

    [Theory]
    [InlineData("guest", HttpStatusCode.Forbidden)]
    [InlineData("viewer", HttpStatusCode.Forbidden)]
    [InlineData("host", HttpStatusCode.NoContent)]
    public async Task Only_hosts_limit_what_a_participant_receives(string role, HttpStatusCode status)
    {
        await _server.SendAsync(HttpMethod.Post, Sessions, "offer", credential: RunningServer.ApiKey);
        var response = await _server.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/rooms/demo/participants/{_server.Rooms.Last.ParticipantId}",
            """{"receiveLimit":"save-data"}""",
            "application/json",
            await MintAsync($$"""{"role":"{{role}}"}""")
        );
        response.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task A_guests_token_makes_no_tokens()
    {
        var token = await MintAsync("""{"role":"host"}""");
        var response = await _server.SendAsync(HttpMethod.Post, "/api/v1/rooms/demo/tokens", "{}", "application/json", token);
        await HttpApiTests.ShouldBeProblem(response, 403, "API key");
    }

    [Fact]
    public async Task Tokens_of_another_secret_or_damaged_ones_are_refused()
    {
        var ours = _server.Service<JoinTokens>();
        var expires = _server.Time.GetUtcNow().AddHours(1);
        var theirs = new JoinTokens(new McuOptions { TokenSecret = new string('x', 40) }, new FakeTimeProvider());
        (await ours.ReadAsync(theirs.Mint("demo", null, ParticipantRole.Host, expires))).ShouldBeNull();

        var token = ours.Mint("demo", null, ParticipantRole.Host, expires);
        (await ours.ReadAsync(token)).ShouldBe(new Grant(false, "demo", null, ParticipantRole.Host));
        for (var position = 0; position < token.Length - 1; position += 5)
        {
            var damaged = token.Remove(position, 1).Insert(position, token[position] == 'A' ? "B" : "A");
            (await ours.ReadAsync(damaged)).ShouldBeNull(damaged);
        }
    }

    [Fact]
    public async Task A_token_without_signature_is_refused()
    {
        static string Part(string json) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(json));
        var unsigned = $"{Part("""{"alg":"none","typ":"JWT"}""")}.{Part("""{"room":"demo","role":"host","exp":9999999999}""")}.";
        (await _server.Service<JoinTokens>().ReadAsync(unsigned)).ShouldBeNull();
    }

    private async Task<string> MintAsync(string body)
    {
        var response = await _server.SendAsync(
            HttpMethod.Post,
            "/api/v1/rooms/demo/tokens",
            body,
            "application/json",
            RunningServer.ApiKey
        );
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonElement.Parse(text).GetProperty("token").GetString()!;
    }
}
