using Mcu.Sip.Messages;

namespace Mcu.Sip;

/// <summary>What the core needs of the network. Called from within the user agent's methods, on its owner's thread.</summary>
public interface ISipTransport
{
    /// <summary>
    /// Sends one message. What cannot be sent is reported with <see cref="SipUserAgent.FailTransport"/>, later, not from within.
    /// A connection that a flow names and that is gone is not opened again; without one, a connection to there is found or opened.
    /// </summary>
    void Send(SipFlow flow, ReadOnlyMemory<byte> message);

    /// <summary>
    /// Finds out where a URI's host is (RFC 3263: NAPTR, SRV, addresses), and answers with <see cref="SipUserAgent.Resolved"/>, later, not from
    /// within. Asked only for what the URI does not say itself.
    /// </summary>
    void Resolve(SipResolution resolution);

    /// <summary>Our own address as the other end of a flow should see it: for Via and Contact.</summary>
    HostPort LocalAddress(in SipFlow flow);
}

/// <summary>A question where to send to.</summary>
/// <param name="Id">Names the question in its answer.</param>
/// <param name="Target">The URI of the next hop.</param>
public sealed record SipResolution(long Id, SipUri Target);
