using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;
using Mcu.Sdp.Negotiation;

namespace Mcu.Server.Rooms;

/// <summary>
/// How a session sees its connection, whatever carries it: what a conference needs of it (<see cref="IMediaLeg"/>), and beside that its
/// datagrams, timers, end and figures. Belongs to the room's one writer, but where it says otherwise.
/// </summary>
internal interface ISessionLeg : IMediaLeg, IDisposable
{
    /// <summary>Since when no media can flow: since the start before the first connection; never while connected.</summary>
    MediaTime MediaLostAt { get; }

    /// <summary>The connection cannot come back.</summary>
    bool Ended { get; }

    bool IsConnected { get; }

    /// <summary>Connected, and no pictures either way: nothing that comes is worth more than the next tick. Read by other threads.</summary>
    bool IsPatient { get; }

    /// <summary>When a packet that waits is to leave.</summary>
    MediaTime NextPacket { get; }

    /// <summary>The round trip, once the participant's receiver has reported; null before, and for those who receive nothing.</summary>
    TimeSpan? MeasuredRoundTrip { get; }

    StreamRates Rates { get; }

    /// <summary>The state of what is sent for a purpose; null where nothing is.</summary>
    SendStream? SendStreamOf(MediaPurpose track);

    /// <summary>Statistics of what comes for a purpose; null before its first packet.</summary>
    ReceiveStream? ReceiveStreamOf(MediaPurpose track);

    /// <summary>Takes a datagram; may change it in place.</summary>
    void Receive(Span<byte> datagram, in NetworkPath path, MediaTime arrival);

    /// <summary>Runs the timers; returns the next deadline.</summary>
    MediaTime Run(MediaTime now);

    /// <summary>Asks the participant to send no more than its pictures are of use for; nothing where it cannot be asked.</summary>
    void LimitSender(in SendHint hint);
}
