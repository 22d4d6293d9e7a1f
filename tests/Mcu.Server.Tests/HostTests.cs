using System.Net;
using System.Text;
using System.Text.Json;
using Mcu.Server.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Shouldly;

namespace Mcu.Server.Tests;

/// <summary>What the host offers besides sessions.</summary>
public sealed class HostTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Health_is_ok_however_full_the_server_is()
    {
        (await GetAsync("/healthz")).Body.ShouldBe("""{"status":"ok","capacity":0.25,"admits":true}""");
        _server.Rooms.Capacity = new(1.2345, Admits: false);
        var (response, body) = await GetAsync("/healthz");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        body.ShouldBe("""{"status":"ok","capacity":1.23,"admits":false}""");
    }

    [Fact]
    public async Task Metrics_count_rooms_and_joins()
    {
        await _server.SendAsync(HttpMethod.Post, "/whip/demo", "offer");
        var (response, body) = await GetAsync("/metrics");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
        body.ShouldContain("mcu_rooms");
        body.ShouldContain("mcu_participants");
        body.ShouldContain("way=\"http\"");
    }

    [Fact]
    public async Task The_openapi_document_lists_every_call()
    {
        var paths = JsonElement.Parse((await GetAsync("/openapi/v1.json")).Body).GetProperty("paths");
        paths
            .EnumerateObject()
            .Select(path => path.Name)
            .ShouldBe(
                [
                    "/api/v1/rooms",
                    "/api/v1/rooms/{room}",
                    "/api/v1/rooms/{room}/participants/{participant}",
                    "/api/v1/rooms/{room}/recordings",
                    "/api/v1/rooms/{room}/recordings/{recording}",
                    "/api/v1/rooms/{room}/recordings/{recording}/file",
                    "/api/v1/rooms/{room}/recordings/{recording}/pause",
                    "/api/v1/rooms/{room}/recordings/{recording}/resume",
                    "/api/v1/rooms/{room}/recordings/{recording}/stop",
                    "/api/v1/rooms/{room}/sessions",
                    "/api/v1/rooms/{room}/sessions/{session}",
                    "/api/v1/rooms/{room}/tokens",
                    "/api/v1/ws",
                    "/healthz",
                    "/whep/{room}",
                    "/whip/{room}",
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task The_api_page_loads_nothing_from_elsewhere()
    {
        var (response, body) = await GetAsync("/docs");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        body.ShouldNotContain("//cdn.");
        body.ShouldNotContain("//fonts.");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/r/demo")]
    public async Task The_join_page_is_there_or_says_how_to_build_it(string path)
    {
        var (response, body) = await GetAsync(path);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        body.ShouldContain("<html", Case.Insensitive);
        response.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("script-src 'self';");
        response.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        response.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public void Ctrl_C_and_SIGTERM_stop_the_server() => _server.Service<IHostLifetime>().ShouldBeOfType<ConsoleLifetime>();

    [Fact]
    public async Task An_unknown_path_is_a_problem() =>
        await HttpApiTests.ShouldBeProblem((await GetAsync("/nothing")).Response, 404, "/nothing");

    [Fact]
    public async Task An_open_server_answers_to_no_foreign_host_name()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/rooms");
        request.Headers.Host = "evil.example";
        (await _server.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public void The_readme_lists_the_settings_as_they_are()
    {
        var table = new StringBuilder("| setting | option | default | meaning |\n|---|---|---|---|\n");
        var defaults = new McuOptions();
        foreach (var setting in Settings.All)
        {
            var option = setting.Option is null ? "" : $"`{$"{setting.Option} {setting.Placeholder}".TrimEnd()}`";
            table.Append($"| `{setting.Key}` | {option} | {setting.Show(defaults)} | {setting.Meaning} |\n");
        }

        File.ReadAllText(Path.Combine(RepositoryRoot(), "README.md")).ShouldContain(table.ToString());
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Mcu.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Mcu.sln was not found above the tests.");
        }

        return folder;
    }

    private async Task<(HttpResponseMessage Response, string Body)> GetAsync(string path)
    {
        var response = await _server.SendAsync(HttpMethod.Get, path);
        return (response, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
