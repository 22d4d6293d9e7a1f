using Mcu.Media;
using Mcu.Sip.Authentication;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Registrations;

/// <summary>What is asked with OPTIONS whether it is there.</summary>
public sealed record ProbePlan
{
    public required SipUri Target { get; init; }

    public required NameAddress From { get; init; }

    public SipCredentials? Credentials { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Asks a trunk with OPTIONS, again and again, whether it is there (RFC 3261 section 11). Any answer says that it is.</summary>
public sealed class SipProbe : IOutgoingRequestUser
{
    private readonly SipCore _core;
    private readonly SipTimer _next;
    private uint _sequence;
    private MediaTime _sent;

    internal SipProbe(SipCore core, ProbePlan plan)
    {
        _core = core;
        Plan = plan;
        _next = new SipTimer(Send);
    }

    public ProbePlan Plan { get; }

    /// <summary>Null until the first answer, or its absence.</summary>
    public bool? IsReachable { get; private set; }

    /// <summary>How long the last answer took.</summary>
    public TimeSpan RoundTrip { get; private set; }

    internal bool IsGone { get; private set; }

    public void Stop()
    {
        IsGone = true;
        _core.Timers.Clear(_next);
    }

    internal void Start(MediaTime now) => Send(now);

    void IOutgoingRequestUser.OnProvisional(OutgoingRequest request, SipResponse response, MediaTime now) { }

    void IOutgoingRequestUser.OnFinal(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        if (IsGone)
        {
            return;
        }

        RoundTrip = request.IsAnswered ? now - _sent : RoundTrip;
        _core.Timers.Set(_next, now + Plan.Interval);
        if (IsReachable != request.IsAnswered)
        {
            IsReachable = request.IsAnswered;
            _core.Handler.OnReachabilityChanged(this, now);
        }
    }

    private void Send(MediaTime now)
    {
        _sent = now;
        var options = SipRequest.Create(
            SipMethods.Options,
            Plan.Target.AsTarget(),
            Plan.From.WithTag(_core.NewTag()),
            new NameAddress(Plan.Target),
            _core.Random.NextToken(16),
            ++_sequence
        );
        options.ContactUser = Plan.From.Uri.User ?? "";
        options.Headers.Add(HeaderNames.Accept, SipBody.Sdp);
        _core.AddProduct(options);
        _core.Requests.Send(this, options, null, Plan.Credentials, () => ++_sequence, now);
    }
}
