using Mcu.Media;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Calls;

/// <summary>A transfer that the peer asks of us (RFC 3515): whom to call, and how to tell it what becomes of it.</summary>
public sealed class SipTransfer
{
    private readonly Action<SipTransfer, int, string?, MediaTime> _report;

    internal SipTransfer(SipUri target, string? replaces, string? referredBy, uint id, Action<SipTransfer, int, string?, MediaTime> report)
    {
        Target = target;
        Replaces = replaces;
        ReferredBy = referredBy;
        Id = id;
        _report = report;
    }

    /// <summary>Whom to call.</summary>
    public SipUri Target { get; }

    /// <summary>The call whose place the new one takes, as <see cref="OutgoingCall.Replaces"/> wants it; null in a blind transfer.</summary>
    public string? Replaces { get; }

    /// <summary>Who asks for it (RFC 3892).</summary>
    public string? ReferredBy { get; }

    /// <summary>The number of the REFER: tells the notifications of several transfers apart.</summary>
    internal uint Id { get; }

    internal bool IsDone { get; set; }

    /// <summary>Tells the peer the status of the new call, 100 to 699; what is not below 200 is the last.</summary>
    public void Report(int status, MediaTime now, string? reason = null) => _report(this, status, reason, now);
}
