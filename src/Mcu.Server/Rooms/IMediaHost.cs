using Mcu.Media.Network;
using Mcu.Media.Scheduling;
using Mcu.Mixing.Video;
using Mcu.Sdp.Negotiation;
using Mcu.Transport;
using Mcu.WebRtc.Peer;

namespace Mcu.Server.Rooms;

/// <summary>What a room needs of the process it is in: clock, threads, network. With another one a room runs in virtual time.</summary>
internal interface IMediaHost
{
    TimeProvider Time { get; }

    IMediaScheduler Scheduler { get; }

    /// <summary>Finds the session that a datagram is for.</summary>
    SessionRouter Router { get; }

    /// <summary>Draws names and avatars for all rooms.</summary>
    OverlayRenderer Overlays { get; }

    SessionTable Sessions { get; }

    /// <summary>The server's end of a participant's connection.</summary>
    WebRtcPeer CreatePeer(IWebRtcPeerHandler handler, DatagramBatch output, SessionPolicy policy);

    /// <summary>Puts datagrams on the network; the batch stays the caller's.</summary>
    void Send(DatagramBatch batch);

    /// <summary>A session whose datagram hit a bug.</summary>
    void ReportFailedSession(Exception exception, RoomSession session);
}
