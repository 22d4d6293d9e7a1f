using Mcu.Server.Access;
using Mcu.Server.Api;
using Mcu.Server.Configuration;

namespace Mcu.Server.Signalling;

/// <summary>GET /api/v1/ws.</summary>
internal static class SignallingEndpoint
{
    public static void MapSignalling(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/v1/ws", ServeAsync)
            .WithName("signalling")
            .WithSummary("The web client's WebSocket")
            .WithDescription("JSON text messages; docs/signalling.md describes them. A join token may come as ?token=.")
            .WithTags("signalling");
    }

    private static async Task<IResult> ServeAsync(HttpContext context, SignallingServices services)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            return Problems.Of(StatusCodes.Status426UpgradeRequired, ErrorCode.BadRequest, "Connect with the WebSocket protocol.");
        }

        if (!IsAllowedOrigin(context.Request, services.Options))
        {
            return Problems.Of(
                StatusCodes.Status403Forbidden,
                ErrorCode.Forbidden,
                "Pages of other sites may connect only when their origin is in CorsOrigins (MCU_CORS_ORIGINS)."
            );
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var connection = new SignallingConnection(
            socket,
            services,
            context.Connection.RemoteIpAddress,
            AccessGate.CredentialOf(context.Request)
        );
        using var open = services.Metrics.SignallingOpened();
        await connection.RunAsync();
        return Results.Empty;
    }

    /// <summary>Browsers send Origin with every WebSocket, whatever the site; what is no browser sends none and has no cookies to steal.</summary>
    private static bool IsAllowedOrigin(HttpRequest request, McuOptions options)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0 || options.CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }

        // The scheme may differ where a proxy ends TLS; host and port may not.
        return Uri.TryCreate(origin, UriKind.Absolute, out var url)
            && url.Authority.Equals(
                new UriBuilder(url.Scheme, request.Host.Host, request.Host.Port ?? -1).Uri.Authority,
                StringComparison.OrdinalIgnoreCase
            );
    }
}
