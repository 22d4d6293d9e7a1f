using Mcu.Server.Access;
using Mcu.Server.Rooms;
using Mcu.Server.Signalling;

namespace Mcu.Server.Api;

/// <param name="Name">The name the bearer must use; null: its own choice.</param>
/// <param name="Role">host, guest (the default) or viewer.</param>
/// <param name="ExpiresInSeconds">60 to 2,592,000 (30 days); an hour by default.</param>
internal sealed record TokenRequest(string? Name, ParticipantRole Role = ParticipantRole.Guest, int ExpiresInSeconds = 3600);

/// <param name="ReceiveLimit">full, save-data or audio-only.</param>
internal sealed record ParticipantChange(ReceiveLimit? ReceiveLimit);

internal sealed record TokenReply(string Token, DateTimeOffset ExpiresAt);

/// <param name="Status">ok, or draining.</param>
/// <param name="Capacity">In use of what sound may take of the processor, 0 to 1 and more; joins are refused when it stays at 1.</param>
/// <param name="Admits">Whether somebody may join; a single room may be too busy all the same.</param>
internal sealed record HealthReply(string Status, double Capacity, bool Admits);

/// <summary>What the rooms are doing, and tokens to join them.</summary>
internal static class RoomsApi
{
    /// <summary>What may be changed of a participant.</summary>
    public const string ChangeForm = "Send receiveLimit: full, save-data or audio-only.";

    private const int MinTokenSeconds = 60;
    private const int MaxTokenSeconds = 30 * 24 * 3600;

    public static void MapRooms(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/rooms").AddEndpointFilter<RoomErrorFilter>().WithTags("rooms");
        group
            .MapGet("", ListAsync)
            .WithName("listRooms")
            .WithSummary("Rooms that exist at the moment")
            .Produces<IReadOnlyList<RoomSummary>>()
            .ProducesProblem(StatusCodes.Status401Unauthorized);
        group
            .MapGet("/{room}", DescribeAsync)
            .WithName("describeRoom")
            .WithSummary("Participants, what each sends and receives, and the encodes at work")
            .Produces<RoomSnapshot>()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group
            .MapPatch("/{room}/participants/{participant}", ChangeAsync)
            .WithName("changeParticipant")
            .WithSummary("Limit what a participant receives; needs the API key or a host's token")
            .WithDescription("A participant changes itself by its session, or over the WebSocket.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group
            .MapPost("/{room}/tokens", MintAsync)
            .WithName("mintToken")
            .WithSummary("Make a join token; needs the API key")
            .Produces<TokenReply>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status409Conflict);
        routes
            .MapGet("/healthz", Health)
            .WithName("health")
            .WithSummary("200 while the server runs, 503 while it drains")
            .WithDescription("The body says how full the server is, and whether it takes joins: for whoever spreads rooms over servers.")
            .WithTags("operation")
            .Produces<HealthReply>()
            .Produces<HealthReply>(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ListAsync(HttpContext context, Callers callers, IRoomDirectory rooms) =>
        (await callers.AdministratorAsync(context)).Refusal ?? TypedResults.Ok(rooms.List());

    private static async Task<IResult> DescribeAsync(string room, HttpContext context, Callers callers, IRoomDirectory rooms)
    {
        if ((Callers.RefuseRoom(room, out var name) ?? (await callers.OfRoomAsync(context, name)).Refusal) is { } refusal)
        {
            return refusal;
        }

        return await rooms.DescribeAsync(name, context.RequestAborted) is { } snapshot
            ? TypedResults.Ok(snapshot)
            : Problems.NotFound("There is no such room; a room comes with its first participant and goes a minute after its last.");
    }

    private static async Task<IResult> ChangeAsync(
        string room,
        string participant,
        ParticipantChange change,
        HttpContext context,
        Callers callers,
        IRoomDirectory rooms
    )
    {
        if (Callers.RefuseRoom(room, out var name) is { } badRoom)
        {
            return badRoom;
        }

        var caller = await callers.OfRoomAsync(context, name);
        if (caller.Grant is not { } grant)
        {
            return caller.Refusal!;
        }

        if (grant.Role != ParticipantRole.Host)
        {
            return Problems.Of(
                StatusCodes.Status403Forbidden,
                ErrorCode.Forbidden,
                "This needs the API key or a host's token; a participant changes itself by its session."
            );
        }

        if (change.ReceiveLimit is not { } limit)
        {
            return Problems.BadRequest(ChangeForm);
        }

        await rooms.LimitAsync(name, participant, limit, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> MintAsync(
        string room,
        TokenRequest request,
        HttpContext context,
        Callers callers,
        JoinTokens tokens,
        TimeProvider time
    )
    {
        if ((Callers.RefuseRoom(room, out var roomName) ?? (await callers.AdministratorAsync(context)).Refusal) is { } refusal)
        {
            return refusal;
        }

        if (!tokens.CanMint)
        {
            return Problems.Of(
                StatusCodes.Status409Conflict,
                ErrorCode.BadRequest,
                "No secret signs tokens: set TokenSecret (MCU_TOKEN_SECRET), at least 32 characters, and start the server again."
            );
        }

        string? name = null;
        if (request.Name is not null && !Names.TryParseDisplay(request.Name, out name))
        {
            return Problems.BadRequest(Names.DisplayForm);
        }

        if (request.ExpiresInSeconds is < MinTokenSeconds or > MaxTokenSeconds)
        {
            return Problems.BadRequest($"expiresInSeconds must be from {MinTokenSeconds} to {MaxTokenSeconds}.");
        }

        var expires = time.GetUtcNow() + TimeSpan.FromSeconds(request.ExpiresInSeconds);
        return TypedResults.Ok(new TokenReply(tokens.Mint(roomName, name, request.Role, expires), expires));
    }

    private static IResult Health(IHostApplicationLifetime lifetime, IRoomDirectory rooms)
    {
        var (used, admits) = rooms.Capacity;
        var drains = lifetime.ApplicationStopping.IsCancellationRequested;
        return TypedResults.Json(
            new HealthReply(drains ? "draining" : "ok", Math.Round(used, 2), admits && !drains),
            WireJson.Default.HealthReply,
            statusCode: drains ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK
        );
    }
}
