using Mcu.Server.Access;
using Mcu.Server.Api;
using Mcu.Server.Configuration;
using Mcu.Server.Recording;
using Mcu.Server.Rooms;
using Mcu.Server.Signalling;
using Mcu.Server.Sip;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using Scalar.AspNetCore;

namespace Mcu.Server.Hosting;

/// <summary>Where everything meets: services, the order of middleware, and routes.</summary>
public static class McuHost
{
    /// <summary>The page of the OpenAPI document.</summary>
    public const string ApiPage = "/docs";

    private const string ApiDocument = "/openapi/{documentName}.json";
    private const string MetricsPath = "/metrics";

    private const ForwardedHeaders Believed = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;

    // Ctrl-C ends within 3 s: the drain comes out of this too.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2.5);

    /// <summary>Builds the server; nothing listens before it is run.</summary>
    /// <param name="options">Checked settings.</param>
    /// <param name="files">JSON files with what is not ours, e.g. Logging.</param>
    /// <param name="configure">Last word on the services, for tests.</param>
    public static WebApplication Build(McuOptions options, IConfiguration files, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Mcu.Server" });
        builder.Configuration.AddConfiguration(files);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true);
        builder.WebHost.UseKestrel(kestrel => Listening.Configure(kestrel, options));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);

        AddServices(builder.Services, options);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        UseMiddleware(app, options);
        MapRoutes(app);
        return app;
    }

    private static void AddServices(IServiceCollection services, McuOptions options)
    {
        services.AddSingleton(options).AddSingleton(TimeProvider.System);
        services.AddSingleton<JoinTokens>().AddSingleton<AccessGate>().AddSingleton<JoinLimiter>().AddSingleton<IceServerList>();
        services.AddSingleton<Callers>().AddSingleton<SessionsApi.SessionsServices>();
        services.AddSingleton<ResumableSessions>().AddSingleton<SignallingServices>();
        services.AddSingleton<ServerMetrics>().AddHostedService<Drain>();
        services.AddRooms(options);
        services.AddSingleton<SipHost>().AddHostedService(provider => provider.GetRequiredService<SipHost>());

        services.AddRouting().AddProblemDetails().AddCors().AddOpenApi("v1", document => document.AddDocumentTransformer(NameDocument));
        services.ConfigureHttpJsonOptions(json => WireJson.ApplyTo(json.SerializerOptions));
        services.AddHostFiltering(filter => filter.AllowedHosts = options.IsOpen ? ["localhost", "127.0.0.1", "[::1]"] : ["*"]);
        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("mcu")).WithMetrics(AddMeters);
    }

    private static Task NameDocument(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        document.Info.Title = "MCU";
        document.Info.Description = "Rooms, and sessions in them by WHIP, WHEP and both directions.";
        return Task.CompletedTask;
    }

    private static void AddMeters(MeterProviderBuilder metrics) =>
        metrics
            .AddMeter("Mcu.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter();

    private static void UseMiddleware(WebApplication app, McuOptions options)
    {
        if (options.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders(FromProxies(options));
        }

        app.UseSecurityHeaders();
        app.UseExceptionHandler(error =>
            error.Run(context => Problems.OfStatus(StatusCodes.Status500InternalServerError, "").ExecuteAsync(context))
        );
        app.UseStatusCodePages(status =>
            Problems.OfStatus(status.HttpContext.Response.StatusCode, status.HttpContext.Request.Path).ExecuteAsync(status.HttpContext)
        );
        // An open server answers to its loopback names alone, so that no other site's name can be pointed at it.
        app.UseHostFiltering();
        if (options.CorsOrigins.Count > 0)
        {
            app.UseCors(policy =>
                policy
                    .WithOrigins([.. options.CorsOrigins])
                    .WithMethods("GET", "POST", "PATCH", "DELETE")
                    .WithHeaders("Authorization", "Content-Type", "If-Match")
                    .WithExposedHeaders("Location", "ETag", "Link", "Accept-Patch", "Retry-After")
            );
        }

        app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.Zero });
        app.Use(GuardMetrics);
    }

    private static void MapRoutes(WebApplication app)
    {
        app.MapSessions();
        app.MapRooms();
        app.MapRecordings();
        app.MapSignalling();
        app.MapPrometheusScrapingEndpoint(MetricsPath);
        app.MapOpenApi(ApiDocument);
        app.MapScalarApiReference(
            ApiPage,
            page =>
            {
                page.Title = "MCU API";
                page.DefaultFonts = false;
                page.OpenApiRoutePattern = ApiDocument;
                // Its tools talk to their makers' servers, which our policy forbids.
                page.ShowDeveloperTools = DeveloperToolsVisibility.Never;
                page.Telemetry = false;
                page.Agent = new ScalarAgentOptions { Disabled = true };
            }
        );
        app.UseWebClient();
    }

    private static async Task GuardMetrics(HttpContext context, RequestDelegate next)
    {
        if (
            context.Request.Path.StartsWithSegments(MetricsPath, StringComparison.Ordinal)
            && await context.RequestServices.GetRequiredService<Callers>().AdministratorAsync(context) is { Refusal: { } refusal }
        )
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private static ForwardedHeadersOptions FromProxies(McuOptions options)
    {
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = Believed };
        forwarded.KnownIPNetworks.Clear();
        forwarded.KnownProxies.Clear();
        foreach (var proxy in options.TrustedProxies)
        {
            forwarded.KnownProxies.Add(proxy);
        }

        return forwarded;
    }
}
