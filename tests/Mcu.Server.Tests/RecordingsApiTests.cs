using System.Net;
using System.Text.Json;
using Mcu.Server.Access;
using Mcu.Server.Rooms;
using Shouldly;

namespace Mcu.Server.Tests;

/// <summary>Recordings by HTTP, of real rooms, into a folder of their own.</summary>
public sealed class RecordingsApiTests : IDisposable
{
    private const string Path = "/api/v1/rooms/meeting/recordings";
    private readonly string _data = Directory.CreateTempSubdirectory("mcu-recordings-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_recording_is_started_paused_resumed_stopped_downloaded_and_deleted()
    {
        await using var server = await StartAsync(_data);
        var session = await JoinAsync(server);

        var started = await server.SendAsync(HttpMethod.Post, Path, """{"codec":"none"}""", "application/json", RunningServer.ApiKey);
        started.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = await FieldAsync(started, "id");
        started.Headers.Location!.ToString().ShouldBe($"{Path}/{id}");
        (await FieldAsync(await AskAsync(server, HttpMethod.Post, $"{Path}/{id}/pause"), "state")).ShouldBe("paused");
        (await FieldAsync(await AskAsync(server, HttpMethod.Post, $"{Path}/{id}/resume"), "state")).ShouldBe("recording");
        (await AskAsync(server, HttpMethod.Delete, $"{Path}/{id}")).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        var stopped = await AskAsync(server, HttpMethod.Post, $"{Path}/{id}/stop");
        (await FieldAsync(stopped, "state")).ShouldBe("ended");
        var file = await AskAsync(server, HttpMethod.Get, $"{Path}/{id}/file");
        file.Content.Headers.ContentType!.MediaType.ShouldBe("audio/mp4");
        (await file.Content.ReadAsByteArrayAsync(Stop)).AsSpan(4, 4).SequenceEqual("ftyp"u8).ShouldBeTrue();
        (await AskAsync(server, HttpMethod.Post, $"{Path}/{id}/pause")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await AskAsync(server, HttpMethod.Delete, $"{Path}/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await AskAsync(server, HttpMethod.Get, $"{Path}/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        Directory.EnumerateDirectories(System.IO.Path.Combine(_data, "recordings")).ShouldBeEmpty();
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Participants_are_told_and_the_recorder_is_not_among_them()
    {
        await using var server = await StartAsync(_data);
        var session = await JoinAsync(server);
        var started = await server.SendAsync(HttpMethod.Post, Path, """{"codec":"none"}""", "application/json", RunningServer.ApiKey);
        var id = await FieldAsync(started, "id");

        session.Welcome.Participants.Count.ShouldBe(1);
        await AskAsync(server, HttpMethod.Post, $"{Path}/{id}/stop");
        await session.LeaveAsync(LeaveReason.Left);
        List<bool> told = [];
        await foreach (var roomEvent in session.Events.ReadAllAsync(Stop))
        {
            roomEvent.ShouldNotBeOfType<ParticipantJoined>();
            if (roomEvent is RecordingChanged changed)
            {
                told.Add(changed.Recording);
            }
        }

        told.ShouldBe([true, false]);
    }

    [Theory]
    [InlineData("""{"format":"flac"}""")]
    [InlineData("""{"format":"mp4","codec":"vp8"}""")]
    public async Task What_cannot_be_written_is_refused_with_what_can(string body)
    {
        await using var server = await StartAsync(_data);
        await JoinAsync(server);

        var refused = await server.SendAsync(HttpMethod.Post, Path, body, "application/json", RunningServer.ApiKey);

        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await FieldAsync(refused, "detail")).ShouldContain("mp4 with codec h264");
    }

    [Fact]
    public async Task Guests_strangers_and_unknown_rooms_are_refused()
    {
        await using var server = await StartAsync(_data);
        var guest = server.Service<JoinTokens>().Mint("meeting", null, ParticipantRole.Guest, DateTimeOffset.UtcNow.AddHours(1));
        var host = server.Service<JoinTokens>().Mint("other", null, ParticipantRole.Host, DateTimeOffset.UtcNow.AddHours(1));

        (await server.SendAsync(HttpMethod.Get, Path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await server.SendAsync(HttpMethod.Get, Path, credential: guest)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await server.SendAsync(HttpMethod.Get, Path, credential: host)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var unknown = await server.SendAsync(HttpMethod.Post, Path, "{}", "application/json", RunningServer.ApiKey);
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var outside = await AskAsync(server, HttpMethod.Get, $"{Path}/..%2F..%2Fetc/file");
        outside.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_to_costs_the_recording_and_not_the_call()
    {
        var file = System.IO.Path.Combine(_data, "a-file");
        await File.WriteAllTextAsync(file, "no folder", Stop);
        await using var server = await StartAsync(file);
        var session = await JoinAsync(server);

        var refused = await server.SendAsync(HttpMethod.Post, Path, "{}", "application/json", RunningServer.ApiKey);

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task After_a_crash_a_recording_is_listed_with_what_is_whole()
    {
        var folder = System.IO.Path.Combine(_data, "recordings", "r_1");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            System.IO.Path.Combine(folder, "recording.json"),
            """{"id":"r_1","room":"meeting","format":"mp4","codec":"none","state":"recording","startedAt":"2026-01-01T00:00:00Z"}""",
            Stop
        );
        // An ftyp, a moov, and the beginning of a fragment.
        byte[] torn = [0, 0, 0, 8, .. "ftyp"u8, 0, 0, 0, 8, .. "moov"u8, 0, 0, 1, 0, .. "moof"u8, 1, 2, 3];
        await File.WriteAllBytesAsync(System.IO.Path.Combine(folder, "recording.mp4"), torn, Stop);

        await using var server = await StartAsync(_data);

        var found = await AskAsync(server, HttpMethod.Get, $"{Path}/r_1");
        (await FieldAsync(found, "state")).ShouldBe("ended-by-crash");
        var file = await AskAsync(server, HttpMethod.Get, $"{Path}/r_1/file");
        (await file.Content.ReadAsByteArrayAsync(Stop)).Length.ShouldBe(16);
    }

    private static Task<RunningServer> StartAsync(string data) =>
        RunningServer.StartAsync(options =>
        {
            options.ApiKey = RunningServer.ApiKey;
            options.TokenSecret = RunningServer.TokenSecret;
            options.Data = data;
        });

    private static async Task<IRoomSession> JoinAsync(RunningServer server) =>
        await server.Service<RoomDirectory>().JoinAsync(new JoinRequest("meeting", "Ana", ParticipantRole.Host, ViaWebSocket: true), Stop);

    private static Task<HttpResponseMessage> AskAsync(RunningServer server, HttpMethod method, string path) =>
        server.SendAsync(method, path, credential: RunningServer.ApiKey);

    private static async Task<string> FieldAsync(HttpResponseMessage reply, string field)
    {
        using var json = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Stop));
        return json.RootElement.GetProperty(field).ToString();
    }
}
