using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;

namespace Mcu.Sip;

/// <summary>
/// A SIP user agent, server and client, without sockets and clock: messages and <c>now</c> in; messages, events and the next deadline out.
/// One owner, who calls <see cref="Run"/> no later than at <see cref="NextDeadline"/>.
/// </summary>
/// <remarks>message → parser → transaction → dialog → call | registration → handler; and back the same way to <see cref="ISipTransport"/>.</remarks>
public sealed class SipUserAgent
{
    private static readonly byte[] s_pong = "\r\n"u8.ToArray();

    private readonly SipCore _core;
    private readonly IncomingRequests _requests;
    private readonly List<SipRegistration> _registrations = [];
    private readonly List<SipProbe> _probes = [];

    public SipUserAgent(SipUserAgentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _core = new SipCore(options);
        _requests = new IncomingRequests(_core);
    }

    /// <summary>When <see cref="Run"/> is due.</summary>
    public MediaTime NextDeadline => _core.Timers.NextDeadline;

    /// <summary>Calls that are not over.</summary>
    public IReadOnlyCollection<SipCall> Calls => _core.Calls;

    public IReadOnlyList<SipRegistration> Registrations => _registrations;

    /// <summary>Transactions that are remembered, those that only wait for stragglers included.</summary>
    public int TransactionCount => _core.Transactions.Count;

    /// <summary>Timers that are set; none of an agent at rest.</summary>
    public int TimerCount => _core.Timers.Count;

    /// <summary>All that is remembered of calls and transactions; nothing of an agent at rest.</summary>
    internal int RememberedCount => _core.Calls.Count + _core.DialogCount + _core.Transactions.Count + _core.Transactions.OriginCount;

    /// <summary>Takes one message: a datagram, a WebSocket message, or what <see cref="SipStreamReader"/> cut out of a stream.</summary>
    public void Receive(ReadOnlySpan<byte> bytes, SipFlow flow, MediaTime now)
    {
        // Keepalives: CRLF CRLF is answered over connections (RFC 5626 section 4.4.1); all else that is nothing is nothing.
        if (!bytes.ContainsAnyExcept("\r\n\0 "u8))
        {
            if (flow.IsReliable && bytes.SequenceEqual("\r\n\r\n"u8))
            {
                _core.Transactions.Send(flow, s_pong);
            }

            return;
        }

        if (!SipParser.TryParse(bytes, out var message, out var error))
        {
            _requests.Reject(error, flow, now);
        }
        else if (message is SipRequest request)
        {
            request.Via!.AddReceived(flow.Remote);
            request.Headers.SetFirstElement(HeaderNames.Via, request.Via.ToString());
            _requests.Receive(request, flow, now);
        }
        else if (message is SipResponse response && response.Headers.Elements(HeaderNames.Via).Count() == 1)
        {
            // One with a second Via is for somebody else (RFC 3261 section 8.1.3.3).
            _core.Transactions.Receive(response, now);
        }
    }

    /// <summary>The answer to <see cref="ISipTransport.Resolve"/>: addresses, the best first; none if there are none.</summary>
    public void Resolved(long id, IReadOnlyList<SipFlow> addresses, MediaTime now) => _core.Requests.Resolved(id, addresses, now);

    /// <summary>Something could not be sent over this flow, or its connection is gone.</summary>
    public void FailTransport(SipFlow flow, MediaTime now) => _core.Transactions.FailTransport(flow, now);

    /// <summary>Does what is due.</summary>
    public void Run(MediaTime now)
    {
        _core.Timers.Run(now);
        Sweep();
    }

    /// <summary>Calls somebody; null if there are too many calls already.</summary>
    public SipCall? Call(OutgoingCall plan, SessionDescription offer, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(offer);
        if (!_core.HasRoomForCall)
        {
            return null;
        }

        var call = new SipCall(_core, plan, offer);
        call.Start(now);
        return call;
    }

    /// <summary>Registers, and stays registered; null if there are too many registrations already.</summary>
    public SipRegistration? Register(RegistrationPlan plan, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Sweep();
        if (_registrations.Count + _probes.Count >= _core.Options.MaxRegistrations)
        {
            return null;
        }

        var registration = new SipRegistration(_core, plan);
        _registrations.Add(registration);
        registration.Start(now);
        return registration;
    }

    /// <summary>Asks again and again whether somebody is there; null if there are too many probes already.</summary>
    public SipProbe? Probe(ProbePlan plan, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Sweep();
        if (_registrations.Count + _probes.Count >= _core.Options.MaxRegistrations)
        {
            return null;
        }

        var probe = new SipProbe(_core, plan);
        _probes.Add(probe);
        probe.Start(now);
        return probe;
    }

    /// <summary>Forgets what was stopped.</summary>
    private void Sweep()
    {
        _registrations.RemoveAll(registration => registration.IsGone);
        _probes.RemoveAll(probe => probe.IsGone);
    }
}
