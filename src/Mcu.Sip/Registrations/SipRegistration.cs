using System.Globalization;
using Mcu.Media;
using Mcu.Sip.Authentication;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Registrations;

/// <summary>What a registration is made of.</summary>
public sealed record RegistrationPlan
{
    /// <summary>Whom to register: the address of record, such as <c>sip:conference@provider.example</c>.</summary>
    public required NameAddress Account { get; init; }

    /// <summary>Where to register, the first that works; none for the account's own domain.</summary>
    public IReadOnlyList<SipUri> Registrars { get; init; } = [];

    public SipCredentials? Credentials { get; init; }

    /// <summary>How long a registration is asked for.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the NAT on the way is reminded with CRLF CRLF (RFC 5626 section 4.4.1); zero for never.</summary>
    public TimeSpan Keepalive { get; init; }

    /// <summary>Whether the Contact follows the address that the registrar saw us come from.</summary>
    public bool FollowsNat { get; init; } = true;
}

public enum SipRegistrationState
{
    Registering,
    Registered,

    /// <summary>The last attempt failed; another follows.</summary>
    Failed,
    Stopped,
}

/// <summary>Keeps us registered at a trunk (RFC 3261 section 10.2): refreshes in time, goes on with the next registrar, and backs off.</summary>
public sealed class SipRegistration : IOutgoingRequestUser
{
    // RFC 5626 section 4.5.
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_lastRetry = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_maxExpires = TimeSpan.FromDays(1);
    private static readonly byte[] s_keepalive = "\r\n\r\n"u8.ToArray();

    private readonly SipCore _core;
    private readonly SipTimer _next;
    private readonly SipTimer _keepalive;
    private readonly string _callId;
    private readonly string _tag;
    private uint _sequence;
    private int _failures;
    private int _registrar;
    private TimeSpan _expires;
    private HostPort? _seenAs;
    private SipFlow? _flow;
    private bool _stopping;

    // The Contact was corrected since the last registration that counts: a NAT that changes its mind each time is not run after.
    private bool _corrected;

    internal SipRegistration(SipCore core, RegistrationPlan plan)
    {
        _core = core;
        Plan = plan;
        _callId = core.Random.NextToken(16);
        _tag = core.NewTag();
        _expires = plan.Expires;
        _next = new SipTimer(Send);
        _keepalive = new SipTimer(OnKeepalive);
    }

    public RegistrationPlan Plan { get; }

    public SipRegistrationState State { get; private set; } = SipRegistrationState.Registering;

    /// <summary>The last final response's status, ours where there was none; 0 before.</summary>
    public int LastStatus { get; private set; }

    /// <summary>When the next REGISTER is sent.</summary>
    public MediaTime NextAttempt => _next.At;

    internal bool IsGone { get; private set; }

    /// <summary>Ends the registration at the registrar as well.</summary>
    public void Stop(MediaTime now)
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _core.Timers.Clear(_keepalive);
        if (State == SipRegistrationState.Registered)
        {
            Send(now);
        }
        else
        {
            Finish(now);
        }
    }

    internal void Start(MediaTime now) => Send(now);

    void IOutgoingRequestUser.OnProvisional(OutgoingRequest request, SipResponse response, MediaTime now) { }

    void IOutgoingRequestUser.OnFinal(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        LastStatus = response.StatusCode;
        _flow = request.Flow;
        if (_stopping)
        {
            Finish(now);
            return;
        }

        if (response.IsSuccess)
        {
            Succeed(request, response, now);
        }
        else if (
            response.StatusCode == StatusCodes.IntervalTooBrief
            && response.Number(HeaderNames.MinExpires) is { } min
            && TimeSpan.FromSeconds(min) is var minimum
            && minimum > _expires
            && minimum <= s_maxExpires
        )
        {
            _expires = minimum;
            Send(now);
        }
        else
        {
            Retry(response, now);
        }
    }

    private void Send(MediaTime now)
    {
        _core.Timers.Clear(_next);
        var registrar = Plan.Registrars.Count > 0 ? Plan.Registrars[_registrar % Plan.Registrars.Count] : Domain(Plan.Account.Uri);
        var request = SipRequest.Create(
            SipMethods.Register,
            registrar.AsTarget(),
            Plan.Account.WithTag(_tag),
            Plan.Account.WithTag(null),
            _callId,
            ++_sequence
        );
        request.Headers.Add(HeaderNames.Expires, Seconds(_stopping ? TimeSpan.Zero : _expires));
        SipCore.AddCapabilities(request);
        _core.AddProduct(request);
        if (_seenAs is { } seen && _flow is { } flow)
        {
            request.Headers.Add(HeaderNames.Contact, Contact(seen, flow));
        }
        else
        {
            request.ContactUser = Plan.Account.Uri.User ?? "";
        }

        _core.Requests.Send(this, request, null, Plan.Credentials, () => ++_sequence, now);
    }

    private void Succeed(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        _failures = 0;
        if (Moved(response, request.Flow!.Value) is { } seen && seen != _seenAs && !_corrected)
        {
            // Behind a NAT: registered under an address that nobody can call. Once more under the one that was seen.
            _seenAs = seen;
            _corrected = true;
            Send(now);
            return;
        }

        _corrected = false;
        var granted = Granted(request.Request, response);
        // Well before the end, so that a lost REGISTER or two do no harm; not all trunks at once.
        var refresh = _core.Random.NextSpan(granted * 0.5, granted * 0.9);
        _core.Timers.Set(_next, now + (refresh > TimeSpan.FromSeconds(1) ? refresh : TimeSpan.FromSeconds(1)));
        if (Plan.Keepalive > TimeSpan.Zero && !_keepalive.IsSet)
        {
            _core.Timers.Set(_keepalive, now + Plan.Keepalive);
        }

        Become(SipRegistrationState.Registered, now);
    }

    private void Retry(SipResponse response, MediaTime now)
    {
        // Another registrar is tried at once, as long as there are some that were not.
        _registrar++;
        _failures++;
        _seenAs = null;
        _core.Timers.Clear(_keepalive);
        var turns = Plan.Registrars.Count > 1 ? _failures % Plan.Registrars.Count : 0;
        var exponent = Math.Min(_failures / Math.Max(Plan.Registrars.Count, 1), 8);
        var wait = s_firstRetry * (1 << Math.Max(exponent - 1, 0));
        wait = wait < s_lastRetry ? wait : s_lastRetry;
        wait = turns > 0 ? TimeSpan.Zero : _core.Random.NextSpan(wait / 2, wait);
        if (response.Number(HeaderNames.RetryAfter) is { } seconds && turns == 0)
        {
            var asked = TimeSpan.FromSeconds(Math.Min(seconds, s_lastRetry.TotalSeconds));
            wait = asked > wait ? asked : wait;
        }

        _core.Timers.Set(_next, now + wait);
        Become(SipRegistrationState.Failed, now);
    }

    /// <summary>How long the registrar keeps us: our Contact's expires, else the header's, else what was asked for.</summary>
    private TimeSpan Granted(SipRequest request, SipResponse response)
    {
        uint? seconds = response.Number(HeaderNames.Expires);
        foreach (var binding in response.Addresses(HeaderNames.Contact) ?? [])
        {
            if (request.Contact is { } ours && binding.Uri.IsEquivalentTo(ours.Uri) && binding.Parameters.Get("expires") is { } text)
            {
                seconds = SipSyntax.TryParseNumber(text, uint.MaxValue, out var value) ? value : seconds;
            }
        }

        return seconds is not { } granted ? _expires
            : TimeSpan.FromSeconds(granted) is var span && span < s_maxExpires ? span
            : s_maxExpires;
    }

    /// <summary>The address that the registrar saw, if it is not the one we gave (RFC 3581).</summary>
    private HostPort? Moved(SipResponse response, SipFlow flow)
    {
        if (!Plan.FollowsNat || response.Via is not { Received: { } received } via)
        {
            return null;
        }

        // Of a connection only the address can be learnt: its port is not one that we listen at.
        var port = flow.IsReliable || via.ReceivedPort == 0 ? via.SentBy.Port : via.ReceivedPort;
        var seen = new HostPort(HostPort.HostOf(received), port);
        return seen == via.SentBy ? null : seen;
    }

    private string Contact(HostPort host, SipFlow flow)
    {
        var parameters = new SipParameters();
        if (flow.Transport.ToUriParameter() is { } transport)
        {
            parameters.Set("transport", transport);
        }

        var user = Plan.Account.Uri.User;
        return $"<{SipUri.Create(user is null ? null : SipSyntax.Unescape(user), host, false, parameters)}>";
    }

    private void OnKeepalive(MediaTime now)
    {
        if (_flow is { } flow)
        {
            _core.Transactions.Send(flow, s_keepalive);
            _core.Timers.Set(_keepalive, now + Plan.Keepalive);
        }
    }

    private void Finish(MediaTime now)
    {
        _core.Timers.Clear(_next);
        IsGone = true;
        Become(SipRegistrationState.Stopped, now);
    }

    private void Become(SipRegistrationState state, MediaTime now)
    {
        if (State != state || state == SipRegistrationState.Failed)
        {
            State = state;
            _core.Handler.OnRegistrationChanged(this, now);
        }
    }

    private static SipUri Domain(SipUri account) => SipUri.Create(null, account.HostPort, account.IsSecure);

    private static string Seconds(TimeSpan span) => ((long)span.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
