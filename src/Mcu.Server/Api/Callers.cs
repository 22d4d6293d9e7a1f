using Mcu.Server.Access;
using Mcu.Server.Rooms;
using Mcu.Server.Signalling;
using Microsoft.Net.Http.Headers;

namespace Mcu.Server.Api;

/// <summary>Who calls, and what it may do: either a grant, or the refusal to answer with.</summary>
internal readonly record struct Caller(Grant? Grant, IResult? Refusal);

/// <summary>The checks that every API call makes first.</summary>
internal sealed class Callers(AccessGate gate)
{
    /// <summary>Anybody who may enter the room.</summary>
    public async ValueTask<Caller> OfRoomAsync(HttpContext context, string room)
    {
        var caller = await OfAsync(context);
        return caller.Grant is { } grant && !grant.Opens(room)
            ? new Caller(null, Problems.Of(StatusCodes.Status403Forbidden, ErrorCode.Forbidden, "This token is for another room."))
            : caller;
    }

    /// <summary>Holders of the API key.</summary>
    public async ValueTask<Caller> AdministratorAsync(HttpContext context)
    {
        var caller = await OfAsync(context);
        return caller.Grant is { IsAdministrator: false }
            ? new Caller(
                null,
                Problems.Of(StatusCodes.Status403Forbidden, ErrorCode.Forbidden, "This needs the API key; a join token is not enough.")
            )
            : caller;
    }

    /// <summary>The room's name from a URL, or the refusal.</summary>
    public static IResult? RefuseRoom(string text, out string room)
    {
        if (Names.TryParseRoom(text, out var parsed))
        {
            room = parsed;
            return null;
        }

        room = "";
        return Problems.BadRequest(Names.RoomForm);
    }

    private async ValueTask<Caller> OfAsync(HttpContext context)
    {
        if (await gate.AuthorizeAsync(AccessGate.CredentialOf(context.Request)) is { } grant)
        {
            return new Caller(grant, null);
        }

        context.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return new Caller(
            null,
            Problems.Of(
                StatusCodes.Status401Unauthorized,
                ErrorCode.Unauthorized,
                "Send 'Authorization: Bearer …' with the API key, or a join token that has not expired (also as ?token=)."
            )
        );
    }
}
