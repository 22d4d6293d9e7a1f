using Mcu.Recording;
using Mcu.Server.Api;
using Mcu.Server.Rooms;
using Mcu.Server.Signalling;

namespace Mcu.Server.Recording;

/// <param name="Format">mp4 (the default) or webm.</param>
/// <param name="Codec">mp4: h264 (the default), or none for sound alone; webm: vp8 (the default) or vp9.</param>
internal sealed record RecordingRequest(string? Format, string? Codec);

/// <summary>Recordings of rooms, for hosts and holders of the API key.</summary>
internal static class RecordingsApi
{
    private const string One = "/{recording}";

    public static void MapRecordings(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/v1/rooms/{room}/recordings")
            .AddEndpointFilter<RoomErrorFilter>()
            .AddEndpointFilter(HostsOnlyAsync)
            .WithTags("recordings")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group
            .MapPost("", StartAsync)
            .WithName("startRecording")
            .WithSummary("Record the room; needs the API key or a host's token, as all about recordings")
            .Produces<RecordingInfo>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group
            .MapGet("", (string room, Recordings recordings) => TypedResults.Ok(recordings.List(room)))
            .WithName("listRecordings")
            .WithSummary("Recordings of the room, those that have ended included")
            .Produces<IReadOnlyList<RecordingInfo>>();
        group
            .MapGet(One, (string room, string recording, Recordings recordings) => With(room, recording, recordings, TypedResults.Ok))
            .WithName("describeRecording")
            .WithSummary("What one recording is doing")
            .Produces<RecordingInfo>();
        MapChanges(group);
        group
            .MapGet(One + "/file", Download)
            .WithName("downloadRecording")
            .WithSummary("The file, with range requests; while it is being recorded, what there is so far")
            .Produces(StatusCodes.Status200OK)
            .Produces(StatusCodes.Status206PartialContent);
        group
            .MapDelete(One, Delete)
            .WithName("deleteRecording")
            .WithSummary("Delete a recording that has ended")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static void MapChanges(RouteGroupBuilder group)
    {
        group
            .MapPost(One + "/pause", (string room, string recording, Recordings all) => PauseAsync(room, recording, all, paused: true))
            .WithName("pauseRecording")
            .WithSummary("Leave out what follows")
            .Produces<RecordingInfo>();
        group
            .MapPost(One + "/resume", (string room, string recording, Recordings all) => PauseAsync(room, recording, all, paused: false))
            .WithName("resumeRecording")
            .WithSummary("Go on after a pause")
            .Produces<RecordingInfo>();
        group
            .MapPost(One + "/stop", StopAsync)
            .WithName("stopRecording")
            .WithSummary("End a recording; answered when its file is closed")
            .Produces<RecordingInfo>();
    }

    /// <summary>Refuses everybody else, before anything is looked at.</summary>
    private static async ValueTask<object?> HostsOnlyAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var callers = http.RequestServices.GetRequiredService<Callers>();
        if (Callers.RefuseRoom(http.GetRouteValue("room")?.ToString() ?? "", out var room) is { } badRoom)
        {
            return badRoom;
        }

        var caller = await callers.OfRoomAsync(http, room);
        if (caller.Grant is not { } grant)
        {
            return caller.Refusal;
        }

        return grant.Role == ParticipantRole.Host
            ? await next(context)
            : Problems.Of(StatusCodes.Status403Forbidden, ErrorCode.Forbidden, "Recordings need the API key or a host's token.");
    }

    private static async Task<IResult> StartAsync(string room, RecordingRequest request, Recordings recordings)
    {
        if (!RecordingFormat.TryCreate(request.Format, request.Codec, out var format, out var error))
        {
            return Problems.BadRequest(error!);
        }

        try
        {
            var info = await recordings.StartAsync(room, format);
            return TypedResults.Created($"/api/v1/rooms/{Uri.EscapeDataString(room)}/recordings/{info.Id}", info);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Problems.Of(
                StatusCodes.Status503ServiceUnavailable,
                ErrorCode.Internal,
                "The server cannot write to its data folder: make room or give it the right to."
            );
        }
    }

    private static async Task<IResult> PauseAsync(string room, string recording, Recordings recordings, bool paused)
    {
        if (recordings.Find(room, recording) is not { } info)
        {
            return NotFound();
        }

        await recordings.SetPausedAsync(info, paused);
        return TypedResults.Ok(recordings.Find(room, recording));
    }

    private static async Task<IResult> StopAsync(string room, string recording, Recordings recordings, HttpContext context) =>
        recordings.Find(room, recording) is { } info
            ? TypedResults.Ok(await recordings.StopAsync(info, context.RequestAborted))
            : NotFound();

    private static IResult Download(string room, string recording, Recordings recordings) =>
        With(
            room,
            recording,
            recordings,
            info =>
            {
                var path = recordings.MediaPath(info);
                return File.Exists(path)
                    ? TypedResults.PhysicalFile(
                        path,
                        $"{(info.Codec == "none" ? "audio" : "video")}/{info.Format}",
                        $"{info.Id}.{info.Format}",
                        enableRangeProcessing: true
                    )
                    : NotFound();
            }
        );

    private static IResult Delete(string room, string recording, Recordings recordings) =>
        With(
            room,
            recording,
            recordings,
            info =>
            {
                if (info.EndedAt is null)
                {
                    return Problems.Of(StatusCodes.Status409Conflict, ErrorCode.BadRequest, "It is still being recorded: stop it first.");
                }

                recordings.Delete(info);
                return TypedResults.NoContent();
            }
        );

    private static IResult With(string room, string recording, Recordings recordings, Func<RecordingInfo, IResult> answer) =>
        recordings.Find(room, recording) is { } info ? answer(info) : NotFound();

    private static IResult NotFound() => Problems.NotFound("The room has no such recording; GET …/recordings lists them.");
}
