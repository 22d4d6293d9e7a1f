using Mcu.Media;
using Mcu.Rtp.Rtcp;

namespace Mcu.Rtp.Receive;

/// <summary>
/// What a receiver report says about one source: loss by sequence number (RFC 3550 appendices A.1 and A.3), interarrival jitter (A.8),
/// and the last sender report seen. One owner.
/// </summary>
public sealed class ReceiveStatistics(int clockRateHz)
{
    private const int MaxDropout = 3000;
    private const int MaxMisorder = 100;

    private bool _started;
    private ushort _highest;
    private uint _cycles;
    private uint _base;
    private int _probableRestart = -1;
    private uint _received;
    private uint _expectedPrior;
    private uint _receivedPrior;
    private uint _jitter16;
    private uint _lastTimestamp;
    private long _lastTransit;
    private uint _lastSenderReport;
    private MediaTime _lastSenderReportAt;

    /// <summary>Packets taken, duplicates included, since the stream began or restarted.</summary>
    public uint Received => _received;

    /// <summary>Packets expected and never received; negative where duplicates outnumber losses.</summary>
    public int CumulativeLost => _started ? (int)(ExtendedHighest - _base + 1 - _received) : 0;

    public uint ExtendedHighest => _cycles + _highest;

    /// <summary>Mean deviation of the packet spacing.</summary>
    public TimeSpan Jitter => TimeSpan.FromTicks((long)(_jitter16 >> 4) * TimeSpan.TicksPerSecond / clockRateHz);

    /// <summary>Takes a packet that came in on the source's own SSRC (not by RTX).</summary>
    public void OnPacket(ushort sequence, uint timestamp, MediaTime arrival)
    {
        if (!_started)
        {
            Restart(sequence);
            StartJitter(timestamp, arrival);
        }
        else
        {
            var ahead = (ushort)(sequence - _highest);
            if (ahead < MaxDropout)
            {
                _cycles += sequence < _highest ? 0x1_0000u : 0;
                _highest = sequence;
                UpdateJitter(timestamp, arrival);
            }
            else if (ahead <= 0x1_0000 - MaxMisorder && !IsRestart(sequence))
            {
                return; // a jump that a second packet has not confirmed yet
            }
            else if (_received == 0)
            {
                StartJitter(timestamp, arrival);
            }
        }

        _received++;
    }

    /// <summary>Remembers a sender report for LSR and DLSR.</summary>
    public void OnSenderReport(NtpTimestamp ntp, MediaTime arrival)
    {
        _lastSenderReport = ntp.Middle;
        _lastSenderReportAt = arrival;
    }

    /// <summary>The block of the next report. Starts a new interval for the fraction lost.</summary>
    public ReportBlock BuildReport(uint ssrc, MediaTime now)
    {
        var expected = _started ? ExtendedHighest - _base + 1 : 0;
        var expectedInterval = expected - _expectedPrior;
        var lostInterval = (long)expectedInterval - (_received - _receivedPrior);
        _expectedPrior = expected;
        _receivedPrior = _received;
        var fraction = expectedInterval == 0 || lostInterval <= 0 ? 0 : Math.Min(255, (lostInterval << 8) / expectedInterval);
        var delay = _lastSenderReport == 0 ? 0 : (uint)((now - _lastSenderReportAt).Ticks * 65536 / TimeSpan.TicksPerSecond);
        return new ReportBlock(ssrc, (byte)fraction, CumulativeLost, ExtendedHighest, _jitter16 >> 4, _lastSenderReport, delay);
    }

    /// <summary>Two packets in sequence after a jump mean that the sender started anew.</summary>
    private bool IsRestart(ushort sequence)
    {
        if (sequence != _probableRestart)
        {
            _probableRestart = (ushort)(sequence + 1);
            return false;
        }

        Restart(sequence);
        return true;
    }

    private void Restart(ushort sequence)
    {
        _started = true;
        _base = sequence;
        _highest = sequence;
        _cycles = 0;
        _received = 0;
        _expectedPrior = 0;
        _receivedPrior = 0;
        _probableRestart = -1;
    }

    private void StartJitter(uint timestamp, MediaTime arrival)
    {
        _lastTimestamp = timestamp;
        _lastTransit = arrival.ToRtpUnits(clockRateHz) - timestamp;
    }

    /// <summary>Only the first packet of each timestamp counts: the rest of a video frame is paced by its sender, not by the network.</summary>
    private void UpdateJitter(uint timestamp, MediaTime arrival)
    {
        if (timestamp == _lastTimestamp)
        {
            return;
        }

        // The difference is taken modulo 2^32, so that a timestamp wrap is no jump.
        var previous = _lastTransit;
        StartJitter(timestamp, arrival);
        var deviation = (uint)Math.Abs((long)(int)(_lastTransit - previous));
        if (deviation < clockRateHz * 10)
        {
            _jitter16 += deviation - ((_jitter16 + 8) >> 4);
        }
    }
}
