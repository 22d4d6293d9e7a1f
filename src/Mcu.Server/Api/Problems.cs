using Mcu.Server.Rooms;
using Mcu.Server.Signalling;

namespace Mcu.Server.Api;

/// <summary>Errors as problem details (RFC 9457): a code for programs, a detail that tells people what to do.</summary>
internal static class Problems
{
    public static IResult Of(int status, ErrorCode code, string detail) =>
        TypedResults.Problem(
            detail,
            statusCode: status,
            title: ErrorCodes.Title(code),
            extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = WireName(code) }
        );

    public static IResult Of(RoomException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return Of(StatusOf(exception.Error), ErrorCodes.Of(exception.Error), exception.Message);
    }

    public static IResult BadRequest(string detail) => Of(StatusCodes.Status400BadRequest, ErrorCode.BadRequest, detail);

    public static IResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, ErrorCode.NotFound, detail);

    /// <summary>What routing and the server itself refuse without saying why.</summary>
    public static IResult OfStatus(int status, string path) =>
        status switch
        {
            StatusCodes.Status404NotFound => NotFound($"There is nothing at {path}; /docs lists the API."),
            StatusCodes.Status405MethodNotAllowed => Of(
                status,
                ErrorCode.BadRequest,
                "This method does nothing here; the Allow header lists those that do."
            ),
            StatusCodes.Status413PayloadTooLarge => Of(status, ErrorCode.BadRequest, "The body is too large."),
            StatusCodes.Status415UnsupportedMediaType => Of(status, ErrorCode.BadRequest, "Send the body as application/json."),
            >= 500 => Of(status, ErrorCode.Internal, "The request failed in the server, and was logged there."),
            _ => Of(status, ErrorCode.BadRequest, "The request was not understood; /docs describes the API."),
        };

    private static int StatusOf(RoomError error) =>
        error switch
        {
            RoomError.BadRequest or RoomError.BadSdp => StatusCodes.Status400BadRequest,
            RoomError.UnacceptableSdp => StatusCodes.Status422UnprocessableEntity,
            RoomError.Forbidden => StatusCodes.Status403Forbidden,
            RoomError.NotFound => StatusCodes.Status404NotFound,
            RoomError.RoomFull or RoomError.Busy => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        };

    private static string WireName(ErrorCode code) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());
}

/// <summary>Turns what a room refuses into problem details.</summary>
internal sealed class RoomErrorFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (RoomException exception)
        {
            if (exception.Error is RoomError.RoomFull or RoomError.Busy)
            {
                context.HttpContext.Response.Headers.RetryAfter = "30";
            }

            return Problems.Of(exception);
        }
    }
}
