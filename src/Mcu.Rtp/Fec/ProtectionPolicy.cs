namespace Mcu.Rtp.Fec;

/// <summary>
/// Decides how much FEC a video stream gets (docs/decisions/0014-video-fec.md): none while a retransmission comes in time or hardly anything
/// is lost, else as much as leaves one loss in six to retransmission. One owner.
/// </summary>
public sealed class ProtectionPolicy
{
    /// <summary>FEC packets for each media packet, at most.</summary>
    public const double MaxRate = 0.5;

    private const double ReportWeight = 0.25;
    private const double OnLoss = 0.02;
    private const double OffLoss = 0.01;

    /// <summary>One FEC packet for k media packets fails where another of them is lost too, in about k·loss of the cases: one in six.</summary>
    private const double RatePerLoss = 6;

    private const double MinRate = 0.1;
    private static readonly TimeSpan s_onRepairTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_offRepairTime = TimeSpan.FromMilliseconds(80);

    private bool _isOn;

    /// <summary>Smoothed share of packets lost before any repair, 0 to 1.</summary>
    public double Loss { get; private set; }

    /// <summary>What a repair by retransmission takes; zero before the round trip was measured.</summary>
    public TimeSpan RepairTime { get; private set; }

    /// <summary>FEC packets for each media packet, 0 to <see cref="MaxRate"/>; 0 while FEC is off.</summary>
    public double Rate => _isOn ? Math.Clamp(Loss * RatePerLoss, MinRate, MaxRate) : 0;

    /// <summary>The same for keyframes, on which everything after them depends.</summary>
    public double KeyframeRate => Math.Min(Rate * 2, MaxRate);

    /// <summary>Takes a receiver's report.</summary>
    /// <param name="fractionLost">Share lost since the report before, 0 to 1.</param>
    /// <param name="roundTrip">Smoothed; null before it was measured.</param>
    public void OnReport(double fractionLost, TimeSpan? roundTrip)
    {
        Loss += (fractionLost - Loss) * ReportWeight;
        if (roundTrip is not { } rtt)
        {
            return;
        }

        // A request and its answer must both arrive; otherwise they are repeated a round trip later.
        RepairTime = rtt / Math.Max(0.04, (1 - Loss) * (1 - Loss));
        _isOn = _isOn ? Loss >= OffLoss && RepairTime >= s_offRepairTime : Loss >= OnLoss && RepairTime >= s_onRepairTime;
    }
}
