using Mcu.Sip.Authentication;
using Mcu.Sip.Transactions;

namespace Mcu.Sip;

/// <summary>What a user agent is made of.</summary>
public sealed record SipUserAgentOptions
{
    public required IRandomSource Random { get; init; }

    public required ISipTransport Transport { get; init; }

    public required ISipUserAgentHandler Handler { get; init; }

    public TransactionTiming Timing { get; init; } = TransactionTiming.Default;

    /// <summary>What Server and User-Agent say; null to say nothing, which tells a scanner nothing.</summary>
    public string? Product { get; init; }

    /// <summary>Most transactions, both ways; above it requests are answered with 503 and forgotten. A quarter more is kept for what belongs to calls.</summary>
    public int MaxTransactions { get; init; } = 20_000;

    /// <summary>Most calls, those that are being set up or torn down included.</summary>
    public int MaxCalls { get; init; } = 5_000;

    /// <summary>Most registrations and probes.</summary>
    public int MaxRegistrations { get; init; } = 100;

    /// <summary>Most early dialogs of one outgoing INVITE: answers of more forks are ignored.</summary>
    public int MaxForks { get; init; } = 16;

    /// <summary>How long a call that comes in may wait for its answer; then it is refused with 480.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether a request too large for UDP is tried over TCP first (RFC 3261 section 18.1.1).</summary>
    public bool LargeRequestsOverTcp { get; init; } = true;

    /// <summary>How long a session lives without being refreshed (RFC 4028); zero for no session timers of ours.</summary>
    public TimeSpan SessionInterval { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The shortest session interval that we agree to; not below 90 s (RFC 4028 section 4).</summary>
    public TimeSpan MinSessionInterval { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Whom a challenge lets in; null if nobody is ever challenged.</summary>
    public ISipAccounts? Accounts { get; init; }

    /// <summary>The realm of our challenges.</summary>
    public string Realm { get; init; } = "mcu";

    /// <summary>How long a challenge can be answered.</summary>
    public TimeSpan NonceLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most nonces whose counts are remembered.</summary>
    public int MaxNonces { get; init; } = 4096;
}
