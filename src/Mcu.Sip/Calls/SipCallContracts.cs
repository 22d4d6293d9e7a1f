using Mcu.Sip.Authentication;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Calls;

public enum SipCallState
{
    /// <summary>The peer calls; we have given no final answer.</summary>
    Incoming,

    /// <summary>We call; there is no final answer.</summary>
    Calling,

    /// <summary>Answered by us, and not acknowledged yet.</summary>
    Answered,

    Established,

    /// <summary>Over, as far as its owner is concerned; what is still under way is seen to within.</summary>
    Ended,
}

public enum SipEndCause
{
    /// <summary>We hung up, cancelled or refused.</summary>
    Local,

    /// <summary>The peer hung up.</summary>
    Remote,

    /// <summary>The caller gave up before we had answered.</summary>
    Cancelled,

    /// <summary>The peer, or somebody on the way, refused our call.</summary>
    Refused,

    /// <summary>Another call took its place (RFC 3891).</summary>
    Replaced,

    /// <summary>The session was not refreshed in time (RFC 4028).</summary>
    Expired,

    /// <summary>The peer did not answer or acknowledge, or said what makes no sense.</summary>
    Failed,
}

/// <summary>How a call ended.</summary>
/// <param name="Cause">Who ended it.</param>
/// <param name="Status">The final response's status, of a call that was never established; 0 otherwise.</param>
/// <param name="Reason">For people.</param>
/// <param name="Response">What the peer said, such as a redirection with its Contacts.</param>
public sealed record SipCallEnd(SipEndCause Cause, int Status, string Reason, SipResponse? Response = null);

/// <summary>What an outgoing call is made of.</summary>
public sealed record OutgoingCall
{
    /// <summary>Whom to call.</summary>
    public required SipUri Target { get; init; }

    /// <summary>Who calls, as the callee sees it; its user part is also our Contact's.</summary>
    public required NameAddress From { get; init; }

    /// <summary>The proxies to go through, in their order.</summary>
    public IReadOnlyList<SipUri> Route { get; init; } = [];

    /// <summary>Where to send to, if that is known, such as the connection that a phone registered over.</summary>
    public SipFlow? Flow { get; init; }

    public SipCredentials? Credentials { get; init; }

    /// <summary>Replaces header of a transferred call (RFC 3891), as a Refer-To had it.</summary>
    public string? Replaces { get; init; }

    /// <summary>Who had the call transferred (RFC 3892).</summary>
    public string? ReferredBy { get; init; }

    /// <summary>How long the callee may take; then the call is cancelled.</summary>
    public TimeSpan RingLimit { get; init; } = TimeSpan.FromMinutes(3);
}
