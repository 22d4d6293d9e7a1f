using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;

namespace Mcu.Sip;

/// <summary>What is done with a request from outside of our calls.</summary>
/// <param name="Kind">Whether it is let in.</param>
/// <param name="Status">The status of <see cref="SipAdmissionKind.Reject"/>.</param>
public readonly record struct SipAdmission(SipAdmissionKind Kind, int Status = 0)
{
    public static readonly SipAdmission Accept = new(SipAdmissionKind.Accept);

    /// <summary>No answer at all, so that a scanner does not learn that somebody is here.</summary>
    public static readonly SipAdmission Drop = new(SipAdmissionKind.Drop);

    /// <summary>Only with credentials of an account of ours.</summary>
    public static readonly SipAdmission Challenge = new(SipAdmissionKind.Challenge);

    public static SipAdmission Reject(int status) => new(SipAdmissionKind.Reject, status);
}

public enum SipAdmissionKind
{
    Accept,
    Drop,
    Challenge,
    Reject,
}

/// <summary>
/// Takes what comes out of a <see cref="SipUserAgent"/>. Called within its methods, on the caller's thread; everything may be called from within.
/// </summary>
public interface ISipUserAgentHandler
{
    /// <summary>The policy of the house, asked before anything is remembered of a request outside of our calls.</summary>
    /// <param name="request">The request; null for one that is malformed, which is answered with an error or dropped.</param>
    /// <param name="flow">Where it came from.</param>
    /// <param name="now">The current time.</param>
    SipAdmission Admit(SipRequest? request, in SipFlow flow, MediaTime now);

    /// <summary>Somebody calls: 100 was sent. Answered now or later by the call's methods.</summary>
    /// <param name="call">The call, ringing nowhere yet.</param>
    /// <param name="offer">What the caller offers; null if it asks for our offer.</param>
    /// <param name="now">The current time.</param>
    void OnIncomingCall(SipCall call, SessionDescription? offer, MediaTime now);

    /// <summary>Our call rings, or makes progress: 101 to 199.</summary>
    /// <param name="call">The call.</param>
    /// <param name="status">The response's status.</param>
    /// <param name="session">Early media, if there is some: the answer, binding if it was sent reliably.</param>
    /// <param name="now">The current time.</param>
    void OnProgress(SipCall call, int status, SessionDescription? session, MediaTime now);

    /// <summary>The call is answered: ours by the peer, or the peer's by us and acknowledged.</summary>
    /// <param name="call">The call.</param>
    /// <param name="answer">The peer's answer to our offer, if it comes with this.</param>
    /// <param name="now">The current time.</param>
    void OnEstablished(SipCall call, SessionDescription? answer, MediaTime now);

    /// <summary>The peer wants to change the session; answered with <see cref="SipCall.Answer"/> or <see cref="SipCall.RefuseOffer"/>, at best from within.</summary>
    /// <param name="call">The call.</param>
    /// <param name="offer">What it offers; null if it asks for our offer.</param>
    /// <param name="now">The current time.</param>
    void OnOffer(SipCall call, SessionDescription? offer, MediaTime now);

    /// <summary>The outcome of an offer that we made in a call that goes on.</summary>
    /// <param name="call">The call.</param>
    /// <param name="answer">The answer; null if the offer was refused: the session is as it was.</param>
    /// <param name="status">The final response's status.</param>
    /// <param name="now">The current time.</param>
    void OnOfferAnswered(SipCall call, SessionDescription? answer, int status, MediaTime now);

    /// <summary>INFO within a call (RFC 6086); returns the status it is answered with.</summary>
    int OnInfo(SipCall call, SipRequest info, MediaTime now);

    /// <summary>The peer asks us to call somebody else (REFER, RFC 3515); true to accept and report with <see cref="SipTransfer.Report"/>.</summary>
    bool OnTransferRequested(SipCall call, SipTransfer transfer, MediaTime now);

    /// <summary>How the peer fares with the transfer that we asked for.</summary>
    /// <param name="call">The call.</param>
    /// <param name="status">The status of its call, or of the refusal.</param>
    /// <param name="isFinal">Nothing more will be heard.</param>
    /// <param name="now">The current time.</param>
    void OnTransferProgress(SipCall call, int status, bool isFinal, MediaTime now);

    /// <summary>The call is over; said once, last.</summary>
    void OnEnded(SipCall call, SipCallEnd end, MediaTime now);

    void OnRegistrationChanged(SipRegistration registration, MediaTime now);

    /// <summary>A probe's peer answers, or answers no more.</summary>
    void OnReachabilityChanged(SipProbe probe, MediaTime now);
}
