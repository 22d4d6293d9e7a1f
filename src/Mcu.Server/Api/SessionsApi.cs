using System.Globalization;
using System.Text;
using System.Text.Json;
using Mcu.Server.Access;
using Mcu.Server.Hosting;
using Mcu.Server.Rooms;
using Mcu.Server.Signalling;

namespace Mcu.Server.Api;

/// <summary>Sessions over HTTP: WHIP (RFC 9725), WHEP, and both directions, by one resource.</summary>
internal static class SessionsApi
{
    private const string Sdp = "application/sdp";
    private const string SdpFragment = "application/trickle-ice-sdpfrag";
    private const string Json = "application/json";
    private const string PatchTypes = $"{SdpFragment}, {Sdp}, {Json}";
    private const string AcceptPost = "Accept-Post";
    private const string AcceptPatch = "Accept-Patch";
    private const string DefaultName = "Guest";

    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").AddEndpointFilter<RoomErrorFilter>().WithTags("sessions");
        MapJoin(group, "/api/v1/rooms/{room}/sessions", "joinRoom", "Join a room; send and receive", viewer: false);
        MapJoin(group, "/whip/{room}", "whip", "Join a room by WHIP", viewer: false);
        MapJoin(group, "/whep/{room}", "whep", "Watch a room by WHEP, as a viewer", viewer: true);

        const string session = "/api/v1/rooms/{room}/sessions/{session}";
        group
            .MapPatch(session, PatchAsync)
            .WithName("patchSession")
            .WithSummary("Trickle candidates, restart ICE, renegotiate, or limit what one receives")
            .DescribesBody(SdpFragment, Sdp, Json)
            .Produces<string>(StatusCodes.Status200OK, Sdp, SdpFragment)
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        group
            .MapDelete(session, DeleteAsync)
            .WithName("leaveRoom")
            .WithSummary("Leave")
            .Produces(StatusCodes.Status200OK)
            .ProducesProblem(StatusCodes.Status404NotFound);
        MapOptions(group, session, "PATCH, DELETE, OPTIONS", AcceptPatch, PatchTypes);
    }

    private static void MapJoin(RouteGroupBuilder group, string path, string name, string summary, bool viewer)
    {
        group
            .MapPost(
                path,
                (string room, string? name, HttpContext context, SessionsServices services) =>
                    services.JoinAsync(context, room, name ?? DefaultName, viewer)
            )
            .WithName(name)
            .WithSummary(summary)
            .WithDescription(
                "Body: an SDP offer. The answer comes with Location (the session), ETag (its ICE session) and Link (ICE servers). "
                    + "503 with Retry-After: the room is full, or it or the server is too busy for one more."
            )
            .DescribesBody(Sdp)
            .Produces<string>(StatusCodes.Status201Created, Sdp)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        MapOptions(group, path, "POST, OPTIONS", AcceptPost, Sdp);
    }

    private static void MapOptions(RouteGroupBuilder group, string path, string allow, string header, string types)
    {
        group
            .MapMethods(
                path,
                [HttpMethods.Options],
                (HttpContext context) =>
                {
                    context.Response.Headers.Allow = allow;
                    context.Response.Headers[header] = types;
                    return TypedResults.NoContent();
                }
            )
            .ExcludeFromDescription();
    }

    private static async Task<IResult> PatchAsync(string room, string session, HttpContext context, SessionsServices services)
    {
        var (found, refusal) = await services.FindAsync(context, room, session);
        if (found is null)
        {
            return refusal!;
        }

        var type = BodyReader.MediaTypeOf(context.Request);
        if (type is not (Sdp or SdpFragment or Json))
        {
            context.Response.Headers[AcceptPatch] = PatchTypes;
            return WrongType($"Send candidates as {SdpFragment}, an offer as {Sdp}, or a receiveLimit as {Json}.");
        }

        if (type == Json)
        {
            return await ChangeAsync(found, context);
        }

        if (!Matches(context.Request.Headers.IfMatch.ToString(), found.ETag))
        {
            return Problems.Of(
                StatusCodes.Status412PreconditionFailed,
                ErrorCode.BadRequest,
                "The ICE session has changed since: send the newest ETag as If-Match, or * to restart ICE."
            );
        }

        if (await BodyReader.ReadAsync(context.Request, context.RequestAborted) is not { } body)
        {
            return TooLarge();
        }

        var reply =
            type == Sdp ? await found.OfferAsync(body, context.RequestAborted) : await found.TrickleAsync(body, context.RequestAborted);
        if (reply is null)
        {
            return TypedResults.NoContent();
        }

        context.Response.Headers.ETag = $"\"{found.ETag}\"";
        return TypedResults.Text(reply, type);
    }

    /// <summary>Whoever knows the session's address is the participant itself.</summary>
    private static async Task<IResult> ChangeAsync(IRoomSession session, HttpContext context)
    {
        if (await BodyReader.ReadAsync(context.Request, context.RequestAborted) is not { } body)
        {
            return TooLarge();
        }

        if (!TryReadChange(body, out var limit))
        {
            return Problems.BadRequest(RoomsApi.ChangeForm);
        }

        await session.LimitAsync(limit, participantId: null, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static bool TryReadChange(string body, out ReceiveLimit limit)
    {
        limit = default;
        try
        {
            if (JsonSerializer.Deserialize(body, WireJson.Default.ParticipantChange) is { ReceiveLimit: { } wanted })
            {
                limit = wanted;
                return true;
            }

            return false;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task<IResult> DeleteAsync(string room, string session, HttpContext context, SessionsServices services)
    {
        var (found, refusal) = await services.FindAsync(context, room, session);
        if (found is null)
        {
            return refusal!;
        }

        await found.LeaveAsync(LeaveReason.Left);
        return TypedResults.Ok();
    }

    /// <summary>Clients that send no If-Match are served too: many WHIP senders do not.</summary>
    private static bool Matches(string ifMatch, string etag) =>
        ifMatch.Length == 0 || ifMatch == "*" || ifMatch.Contains($"\"{etag}\"", StringComparison.Ordinal);

    private static IResult WrongType(string detail) => Problems.Of(StatusCodes.Status415UnsupportedMediaType, ErrorCode.BadRequest, detail);

    private static IResult TooLarge() => Problems.Of(StatusCodes.Status413PayloadTooLarge, ErrorCode.BadRequest, BodyReader.TooLarge);

    /// <summary>What the calls above share.</summary>
    internal sealed class SessionsServices(
        IRoomDirectory rooms,
        Callers callers,
        JoinLimiter limiter,
        IceServerList iceServers,
        ServerMetrics metrics,
        IHostApplicationLifetime lifetime,
        ILogger<SessionsServices> logger
    )
    {
        public async Task<IResult> JoinAsync(HttpContext context, string roomText, string nameText, bool viewer)
        {
            var (request, refusal) = await CheckJoinAsync(context, roomText, nameText, viewer);
            if (request is null)
            {
                return refusal!;
            }

            if (BodyReader.MediaTypeOf(context.Request) != Sdp)
            {
                context.Response.Headers[AcceptPost] = Sdp;
                return WrongType($"Send the offer as {Sdp}.");
            }

            if (await BodyReader.ReadAsync(context.Request, context.RequestAborted) is not { } offer)
            {
                return TooLarge();
            }

            rooms.CheckOffer(offer);
            var session = await rooms.JoinAsync(request, context.RequestAborted);
            return await AnswerAsync(context, session, offer);
        }

        /// <summary>The session of a URL; else the refusal.</summary>
        public async ValueTask<(IRoomSession? Session, IResult? Refusal)> FindAsync(HttpContext context, string roomText, string sessionId)
        {
            if (Callers.RefuseRoom(roomText, out var room) is { } badRoom)
            {
                return (null, badRoom);
            }

            if (await callers.OfRoomAsync(context, room) is { Refusal: { } refusal })
            {
                return (null, refusal);
            }

            return rooms.Find(sessionId) is { } session && session.Room == room
                ? (session, null)
                : (null, Problems.NotFound("There is no such session any more: join again."));
        }

        private async ValueTask<(JoinRequest? Request, IResult? Refusal)> CheckJoinAsync(
            HttpContext context,
            string roomText,
            string nameText,
            bool viewer
        )
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                context.Response.Headers.RetryAfter = "5";
                return (
                    null,
                    Problems.Of(
                        StatusCodes.Status503ServiceUnavailable,
                        ErrorCode.Internal,
                        "The server is shutting down: try again in a moment."
                    )
                );
            }

            if (!limiter.TryTake(context.Connection.RemoteIpAddress, out var wait))
            {
                var seconds = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                context.Response.Headers.RetryAfter = seconds;
                return (
                    null,
                    Problems.Of(
                        StatusCodes.Status429TooManyRequests,
                        ErrorCode.RateLimited,
                        $"Too many joins from this address: try again in {seconds} s."
                    )
                );
            }

            if (Callers.RefuseRoom(roomText, out var room) is { } badRoom)
            {
                return (null, badRoom);
            }

            var caller = await callers.OfRoomAsync(context, room);
            if (caller.Grant is not { } grant)
            {
                return (null, caller.Refusal);
            }

            return Names.TryParseDisplay(grant.Name ?? nameText, out var name)
                ? (new JoinRequest(room, name, viewer ? ParticipantRole.Viewer : grant.Role, ViaWebSocket: false), null)
                : (null, Problems.BadRequest(Names.DisplayForm));
        }

        private async Task<IResult> AnswerAsync(HttpContext context, IRoomSession session, string offer)
        {
            string answer;
            var answered = false;
            try
            {
                answer = await session.OfferAsync(offer, context.RequestAborted);
                answered = true;
            }
            finally
            {
                if (!answered)
                {
                    await session.LeaveAsync(LeaveReason.Failed);
                }
            }

            metrics.Joined("http");
            logger.LogInformation(
                "Participant {Participant} joined room {Room} as {Role}",
                session.ParticipantId,
                session.Room,
                session.Role
            );
            var headers = context.Response.Headers;
            headers.Location = $"/api/v1/rooms/{session.Room}/sessions/{session.Id}";
            headers.ETag = $"\"{session.ETag}\"";
            headers[AcceptPatch] = PatchTypes;
            headers.Link = iceServers.LinksFor(session.ParticipantId).ToArray();
            return TypedResults.Text(answer, Sdp, Encoding.UTF8, StatusCodes.Status201Created);
        }
    }
}
