namespace Mcu.Sip.Transactions;

/// <summary>The base times of RFC 3261 section 17.1.1.1; all timers follow from them.</summary>
public sealed record TransactionTiming
{
    public static readonly TransactionTiming Default = new();

    /// <summary>An estimate of the round trip.</summary>
    public TimeSpan T1 { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest interval between retransmissions of a non-INVITE request or an INVITE's response.</summary>
    public TimeSpan T2 { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Longest time that a message stays in the network.</summary>
    public TimeSpan T4 { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Timers B, F, H, J, L and M: how long a transaction is waited for.</summary>
    public TimeSpan Timeout => 64 * T1;

    /// <summary>Timer D over UDP: how long an INVITE's failure is acknowledged again.</summary>
    public TimeSpan CompletedInvite { get; init; } = TimeSpan.FromSeconds(32);
}
