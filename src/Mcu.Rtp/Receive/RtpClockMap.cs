using Mcu.Media;
using Mcu.Rtp.Rtcp;

namespace Mcu.Rtp.Receive;

/// <summary>
/// Where a sender's wall clock stands on our media clock, learnt from the arrival of its sender reports: the fastest of the last
/// minutes tells best. All streams of one sender (one CNAME) share one, so that their lips and voice meet.
/// </summary>
public sealed class SenderClock
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(60);
    private static readonly long s_stepTicks = TimeSpan.FromSeconds(5).Ticks;

    private bool _started;
    private long _windowMinimum;
    private long _previousMinimum;
    private MediaTime _windowStart;

    public bool IsKnown => _started;

    /// <summary>Our time of a moment on the sender's clock, in ticks since 1900; later than the truth by the shortest way through the network.</summary>
    public MediaTime ToLocal(long senderTicks) => new(senderTicks + Math.Min(_windowMinimum, _previousMinimum));

    /// <summary>Takes the wall clock of a sender report and when it came.</summary>
    public void OnSenderReport(NtpTimestamp ntp, MediaTime arrival)
    {
        var offset = arrival.Ticks - ntp.Ticks;
        // A step of seconds is the sender's clock being set, not delay.
        if (!_started || Math.Abs(offset - Math.Min(_windowMinimum, _previousMinimum)) > s_stepTicks)
        {
            _started = true;
            _windowMinimum = offset;
            _previousMinimum = offset;
            _windowStart = arrival;
        }
        else if (arrival - _windowStart > s_window)
        {
            _previousMinimum = _windowMinimum;
            _windowMinimum = offset;
            _windowStart = arrival;
        }

        _windowMinimum = Math.Min(_windowMinimum, offset);
    }
}

/// <summary>Maps the RTP timestamps of one stream onto its sender's wall clock, and with it onto ours, by its sender reports (RFC 3550 section 6.4.1).</summary>
/// <param name="clockRateHz">Hz of the RTP clock.</param>
/// <param name="sender">Shared by all streams of the sender.</param>
public sealed class RtpClockMap(int clockRateHz, SenderClock sender)
{
    private long _ntpTicks;
    private uint _rtpTimestamp;

    /// <summary>True once a sender report was taken.</summary>
    public bool HasReport { get; private set; }

    /// <summary>Takes a sender report. Repeated and outdated ones change nothing.</summary>
    public void OnSenderReport(in SenderInfo info, MediaTime arrival)
    {
        var ticks = info.Ntp.Ticks;
        var isOutdated = HasReport && ticks <= _ntpTicks && _ntpTicks - ticks < 60 * TimeSpan.TicksPerSecond;
        if (info.Ntp.Value == 0 || isOutdated)
        {
            return;
        }

        HasReport = true;
        _ntpTicks = ticks;
        _rtpTimestamp = info.RtpTimestamp;
        sender.OnSenderReport(info.Ntp, arrival);
    }

    /// <summary>The sender's wall clock at a timestamp, in ticks of 100 ns since 1900; false before the first report.</summary>
    public bool TryToSenderTicks(uint timestamp, out long ticks)
    {
        var distance = (int)(timestamp - _rtpTimestamp);
        ticks = _ntpTicks + (distance * TimeSpan.TicksPerSecond / clockRateHz);
        return HasReport;
    }

    /// <summary>Our time at which a timestamp was captured, give or take the shortest way through the network; before the first report, its arrival.</summary>
    public MediaTime ToLocal(uint timestamp, MediaTime arrival) =>
        TryToSenderTicks(timestamp, out var ticks) ? sender.ToLocal(ticks) : arrival;
}
