using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Mcu.Server.Configuration;
using Mcu.Server.Hosting;
using Mcu.Server.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mcu.Server.Tests;

/// <summary>The whole host on a free loopback port, over rooms without media.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    public const string ApiKey = "an-api-key-for-tests";
    public const string TokenSecret = "a-token-secret-for-tests-of-32-characters";

    private readonly WebApplication _app;

    private RunningServer(WebApplication app, RoomsDouble rooms, FakeTimeProvider? time)
    {
        _app = app;
        Rooms = rooms;
        Time = time!;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public RoomsDouble Rooms { get; }

    /// <summary>Only where the server was started with virtual time.</summary>
    public FakeTimeProvider Time { get; }

    public HttpClient Http { get; }

    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<RunningServer> StartAsync(Action<McuOptions>? configure = null, bool virtualTime = false)
    {
        var options = new McuOptions { Http = [new Uri("http://127.0.0.1:0")], MediaPort = 0 };
        options.Sip.Enabled = false;
        configure?.Invoke(options);
        var rooms = new RoomsDouble();
        var time = virtualTime ? new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) : null;
        var app = McuHost.Build(
            options,
            new ConfigurationBuilder().Build(),
            services =>
            {
                services.AddSingleton<IRoomDirectory>(rooms);
                services.AddLogging(logging => logging.ClearProviders());
                if (time is not null)
                {
                    services.AddSingleton<TimeProvider>(time);
                }
            }
        );
        await app.StartAsync();
        return new RunningServer(app, rooms, time);
    }

    public static Task<RunningServer> StartClosedAsync(bool virtualTime = false) =>
        StartAsync(
            options =>
            {
                options.ApiKey = ApiKey;
                options.TokenSecret = TokenSecret;
            },
            virtualTime
        );

    public async Task<SignallingClient> ConnectAsync(string query = "", string? origin = null)
    {
        var socket = new ClientWebSocket();
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        var url = new UriBuilder(Http.BaseAddress!)
        {
            Scheme = "ws",
            Path = "/api/v1/ws",
            Query = query,
        }.Uri;
        await socket.ConnectAsync(url, TestContext.Current.CancellationToken);
        return new SignallingClient(socket);
    }

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string? body = null,
        string contentType = "application/sdp",
        string? credential = null,
        string? ifMatch = null
    )
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        if (credential is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
