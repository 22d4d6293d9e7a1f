using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Sdp.Negotiation;

namespace Mcu.WebRtc.Ice;

public enum IceState
{
    /// <summary>No path was ever nominated.</summary>
    Waiting,

    /// <summary>The selected path is alive.</summary>
    Connected,

    /// <summary>Nothing was heard on the selected path for <see cref="IceTiming.DisconnectedAfter"/>; media still flows.</summary>
    Disconnected,

    /// <summary>Consent expired (RFC 7675 section 5.1): nothing may be sent until the peer is heard again.</summary>
    Failed,
}

public static class IceTiming
{
    /// <summary>Silence after which a path is reported as disconnected: nearly three of a browser's checks, which come every 2.5 s.</summary>
    public static readonly TimeSpan DisconnectedAfter = TimeSpan.FromSeconds(7);

    /// <summary>Silence after which consent is lost (RFC 7675 section 5.1).</summary>
    public static readonly TimeSpan ConsentLifetime = TimeSpan.FromSeconds(30);

    internal static IceState StateAfter(TimeSpan silence) =>
        silence >= ConsentLifetime ? IceState.Failed
        : silence >= DisconnectedAfter ? IceState.Disconnected
        : IceState.Connected;

    /// <summary>When silence since <paramref name="lastHeard"/> changes the state next.</summary>
    internal static MediaTime NextChange(IceState state, MediaTime lastHeard) =>
        state switch
        {
            IceState.Connected => lastHeard + DisconnectedAfter,
            IceState.Disconnected => lastHeard + ConsentLifetime,
            _ => MediaTime.Never,
        };
}

/// <summary>One side of ICE: takes STUN messages and the time, says which path media may take. One owner.</summary>
public interface IIceAgent
{
    /// <summary>Credentials of the newest generation, for the SDP.</summary>
    IceCredentials Local { get; }

    IceState State { get; }

    /// <summary>Where media goes, or null where nothing may be sent.</summary>
    NetworkPath? SelectedPath { get; }

    MediaTime NextDeadline { get; }

    /// <summary>Whether the peer proved itself on this path, so that DTLS and media from it are worth looking at.</summary>
    bool IsValid(in NetworkPath path);

    /// <summary>Takes one STUN datagram; answers and follow-ups go into <paramref name="output"/>.</summary>
    void Receive(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime now, DatagramBatch output);

    /// <summary>
    /// Takes note that a packet that only the peer can have encrypted came on a valid path. For a lite agent that is as good as a check, which is all
    /// it has to go by: there are full agents that stop to check once they are connected.
    /// </summary>
    void OnMedia(in NetworkPath path, MediaTime now);

    /// <summary>Does what is due.</summary>
    void Run(MediaTime now, DatagramBatch output);
}
