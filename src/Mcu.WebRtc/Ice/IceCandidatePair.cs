using Mcu.Media;
using Mcu.Media.Network;

namespace Mcu.WebRtc.Ice;

internal enum IcePairState
{
    /// <summary>A check is to be sent at <see cref="IceCandidatePair.Due"/>, no answer was ever received.</summary>
    Checking,

    /// <summary>A check was answered.</summary>
    Valid,

    /// <summary>A check with USE-CANDIDATE was answered (RFC 8445 section 8.1.1).</summary>
    Nominated,
}

/// <summary>One remote candidate as seen from our one local socket, with the transaction under way on it.</summary>
internal sealed class IceCandidatePair(NetworkPath path, MediaTime due)
{
    public NetworkPath Path { get; } = path;

    public IcePairState State { get; set; } = IcePairState.Checking;

    /// <summary>When the next check or retransmission goes out.</summary>
    public MediaTime Due { get; set; } = due;

    public TimeSpan RetransmitAfter { get; set; }

    public MediaTime LastAnswer { get; set; }

    /// <summary>Whether a transaction waits for its answer.</summary>
    public bool IsPending { get; set; }

    /// <summary>Whether the pending transaction carries USE-CANDIDATE.</summary>
    public bool IsNominating { get; set; }

    public byte[] TransactionId { get; } = new byte[Stun.StunWire.TransactionIdLength];
}
