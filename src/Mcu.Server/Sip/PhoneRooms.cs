using System.Net;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Server.Rooms;

namespace Mcu.Server.Sip;

/// <summary>Phones in rooms: each command runs on the room's writer.</summary>
internal sealed class PhoneRooms(RoomDirectory rooms, Func<IPAddress?, PhoneLegOptions> optionsFor) : IPhoneRooms
{
    public async Task<(RoomSession Session, SessionDescription Description)> EnterAsync(
        JoinRequest request,
        IPAddress? signalling,
        SessionDescription? offer
    )
    {
        var session = await rooms.JoinAsync(request, joining => new PhoneLeg(joining, optionsFor(signalling)));
        try
        {
            return (session, await ChangeAsync(session, offer));
        }
        catch
        {
            await session.LeaveAsync(LeaveReason.Failed);
            throw;
        }
    }

    public Task<SessionDescription> ChangeAsync(RoomSession session, SessionDescription? offer) =>
        OnWriter(
            session,
            (leg, now) =>
            {
                if (offer is null)
                {
                    return leg.Offer();
                }

                return leg.TryAnswer(offer, now, out var answer, out var problem)
                    ? answer
                    : throw new RoomException(RoomError.UnacceptableSdp, problem);
            }
        );

    public Task AcceptAsync(RoomSession session, SessionDescription answer) =>
        OnWriter(
            session,
            (leg, now) => leg.TryAccept(answer, now, out var problem) ? true : throw new RoomException(RoomError.UnacceptableSdp, problem)
        );

    public void Press(RoomSession session, char key) => session.Room.Post(now => ((PhoneLeg)session.Leg).OnKey(key, now));

    private static Task<T> OnWriter<T>(RoomSession session, Func<PhoneLeg, MediaTime, T> command) =>
        session.Room.InvokeAsync(now =>
            session.Completion.IsCompleted
                ? throw new RoomException(RoomError.NotFound, "The session has ended.")
                : command((PhoneLeg)session.Leg, now)
        );
}
