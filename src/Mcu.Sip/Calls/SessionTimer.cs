using System.Globalization;
using Mcu.Media;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>The session timer of one call (RFC 4028): who refreshes, and when a session that is not refreshed is over.</summary>
internal sealed class SessionTimer
{
    /// <summary>No interval is shorter (RFC 4028 section 4).</summary>
    private static readonly TimeSpan s_floor = TimeSpan.FromSeconds(90);

    private readonly SipCore _core;
    private readonly SipTimer _timer;
    private readonly Action<MediaTime> _refresh;
    private readonly Action<MediaTime> _expire;
    private TimeSpan _min;

    // We have sent a refresh, and the session is not refreshed yet.
    private bool _isRefreshing;

    public SessionTimer(SipCore core, Action<MediaTime> refresh, Action<MediaTime> expire)
    {
        _core = core;
        _refresh = refresh;
        _expire = expire;
        _min = core.Options.MinSessionInterval > s_floor ? core.Options.MinSessionInterval : s_floor;
        _timer = new SipTimer(OnDue);
    }

    /// <summary>What was agreed on; zero if the session lives for ever.</summary>
    public TimeSpan Interval { get; private set; }

    /// <summary>We refresh; otherwise the peer does.</summary>
    public bool IsRefresher { get; private set; }

    /// <summary>Asks for a session timer in an INVITE or UPDATE of ours.</summary>
    public void Ask(SipRequest request)
    {
        var wanted = Interval > TimeSpan.Zero ? Interval : _core.Options.SessionInterval;
        if (wanted <= TimeSpan.Zero)
        {
            return;
        }

        wanted = wanted > _min ? wanted : _min;
        // In a session that has a timer its refresher stays who it is.
        var role =
            Interval == TimeSpan.Zero ? ""
            : IsRefresher ? ";refresher=uac"
            : ";refresher=uas";
        request.Headers.Set(HeaderNames.SessionExpires, Seconds(wanted) + role).Set(HeaderNames.MinSE, Seconds(_min));
    }

    /// <summary>What a 422 wants; false if it does not say, or wants what we asked for already.</summary>
    public bool Raise(SipResponse tooSmall)
    {
        if (tooSmall.Number(HeaderNames.MinSE) is not { } seconds || TimeSpan.FromSeconds(seconds) is var min && min <= _min)
        {
            return false;
        }

        _min = min;
        return true;
    }

    /// <summary>Whether a request's interval is too short; it is answered with 422 and our Min-SE (RFC 4028 section 9).</summary>
    public static bool IsTooSmall(SipCore core, SipRequest request, out string minimum)
    {
        var min = core.Options.MinSessionInterval > s_floor ? core.Options.MinSessionInterval : s_floor;
        minimum = Seconds(min);
        return request.Headers.HasToken(HeaderNames.Supported, Extensions.Timer)
            && request.Number(HeaderNames.SessionExpires) is { } wanted
            && TimeSpan.FromSeconds(wanted) < min;
    }

    /// <summary>Agrees to a request of the peer, and says in our 2xx to what.</summary>
    public void Agree(SipRequest request, SipResponse response, MediaTime now)
    {
        var isSupported = request.Headers.HasToken(HeaderNames.Supported, Extensions.Timer);
        var wanted = request.Number(HeaderNames.SessionExpires) is { } seconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        var ours = _core.Options.SessionInterval;
        if (wanted <= TimeSpan.Zero && ours <= TimeSpan.Zero)
        {
            Stop();
            return;
        }

        // The interval may be made shorter, but not below what either side bears.
        var min = TimeSpan.FromSeconds(request.Number(HeaderNames.MinSE) ?? 0);
        min = min > _min ? min : _min;
        var interval =
            wanted <= TimeSpan.Zero ? ours
            : ours > TimeSpan.Zero && ours < wanted ? ours
            : wanted;
        interval = interval > min ? interval : min;
        var peerRefreshes = isSupported && RefresherOf(request) == "uac";
        response.Headers.Set(HeaderNames.SessionExpires, $"{Seconds(interval)};refresher={(peerRefreshes ? "uac" : "uas")}");
        if (peerRefreshes)
        {
            // A peer that refreshes must know that it does.
            response.Headers.Add(HeaderNames.Require, Extensions.Timer);
        }

        Start(interval, !peerRefreshes, now);
    }

    /// <summary>Learns from the peer's 2xx what was agreed on.</summary>
    public void Learn(SipResponse response, MediaTime now)
    {
        if (response.Number(HeaderNames.SessionExpires) is not { } seconds)
        {
            Stop();
            return;
        }

        var interval = TimeSpan.FromSeconds(Math.Max(seconds, s_floor.TotalSeconds));
        Start(interval, RefresherOf(response) != "uas", now);
    }

    public void Stop()
    {
        Interval = TimeSpan.Zero;
        _core.Timers.Clear(_timer);
    }

    private void Start(TimeSpan interval, bool isRefresher, MediaTime now)
    {
        Interval = interval;
        _isRefreshing = false;
        IsRefresher = isRefresher;
        // RFC 4028 section 10: half of the interval to refresh; whoever waits gives up a little before its end.
        var third = interval / 3;
        var early = third < TimeSpan.FromSeconds(32) ? third : TimeSpan.FromSeconds(32);
        _core.Timers.Set(_timer, now + (isRefresher ? interval / 2 : interval - early));
    }

    private void OnDue(MediaTime now)
    {
        if (!IsRefresher || _isRefreshing)
        {
            _expire(now);
            return;
        }

        // If the refresh fails, the session ends when the peer would end it.
        _isRefreshing = true;
        _core.Timers.Set(_timer, now + (Interval / 2));
        _refresh(now);
    }

    private static string? RefresherOf(SipMessage message)
    {
        var reader = new FieldReader(message.Headers[HeaderNames.SessionExpires]);
        reader.TakeUntil(";");
        var parameters = new SipParameters();
        return SipParameters.TryRead(ref reader, parameters) ? parameters.Get("refresher")?.ToLowerInvariant() : null;
    }

    private static string Seconds(TimeSpan span) => ((long)span.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
