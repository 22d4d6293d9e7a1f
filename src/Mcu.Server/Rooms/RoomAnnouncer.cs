using Mcu.Conference;

namespace Mcu.Server.Rooms;

/// <summary>Tells all sessions of a room what happens in its conference. Runs on the room's writer.</summary>
internal sealed class RoomAnnouncer(List<RoomSession> sessions) : IConferenceObserver
{
    /// <summary>What <see cref="Room.Welcome"/> tells is out of date.</summary>
    public bool RosterChanged { get; set; }

    /// <summary>Also told, for the timelines of recordings.</summary>
    public Action<RoomEvent>? Observed { get; set; }

    public void OnJoined(Participant participant) => Tell(new ParticipantJoined(RoomMapping.Info(participant)), except: participant);

    public void OnUpdated(Participant participant) => Tell(new ParticipantUpdated(RoomMapping.Info(participant)));

    public void OnLeft(Participant participant, string reason) =>
        Tell(new ParticipantLeft(participant.Id, Enum.Parse<LeaveReason>(reason)), except: participant);

    public void OnActiveSpeaker(Participant? participant) => Tell(new ActiveSpeakerChanged(participant?.Id));

    public void OnLayout(Participant participant, ViewState state)
    {
        if (sessions.Find(s => s.Participant == participant) is not { } session)
        {
            return;
        }

        var pinned = state.Pinned is { } number ? session.Room.Conference.Find(number)?.Id : null;
        var scope = state.FollowsRoom ? LayoutScope.Room : LayoutScope.Me;
        session.Tell(new LayoutChanged(scope, RoomMapping.Layout(state.Layout), pinned, state.Page, state.PageCount));
    }

    public void OnSendHint(Participant participant, SendHint hint)
    {
        if (sessions.Find(s => s.Participant == participant) is { } session)
        {
            session.Quality.Want(hint, session.Room.Now);
            session.Room.Touch(session);
        }
    }

    public void Tell(RoomEvent roomEvent, Participant? except = null)
    {
        RosterChanged = true;
        Observed?.Invoke(roomEvent);
        foreach (var session in sessions)
        {
            if (session.Participant != except || except is null)
            {
                session.Tell(roomEvent);
            }
        }
    }
}
