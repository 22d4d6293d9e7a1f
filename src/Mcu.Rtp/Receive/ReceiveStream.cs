using Mcu.Media;
using Mcu.Rtp.Rtcp;

namespace Mcu.Rtp.Receive;

/// <summary>What one incoming stream is.</summary>
public sealed record ReceiveStreamOptions
{
    public required uint Ssrc { get; init; }

    public required int ClockRateHz { get; init; }

    /// <summary>SSRC of its retransmissions, if known.</summary>
    public uint? RtxSsrc { get; init; }

    /// <summary>Null for a stream whose losses are not asked for.</summary>
    public NackOptions? Nack { get; init; }
}

/// <summary>The book-keeping of one incoming SSRC and its RTX: statistics for reports, NACKs, the clock. It holds no media. One owner.</summary>
public sealed class ReceiveStream
{
    private readonly NackGenerator? _nack;

    /// <param name="options">What the stream is.</param>
    /// <param name="sender">The clock of its sender, shared with that sender's other streams.</param>
    public ReceiveStream(ReceiveStreamOptions options, SenderClock sender)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        Statistics = new ReceiveStatistics(options.ClockRateHz);
        Clock = new RtpClockMap(options.ClockRateHz, sender);
        _nack = options.Nack is { } nack ? new NackGenerator(nack) : null;
    }

    public ReceiveStreamOptions Options { get; }

    public ReceiveStatistics Statistics { get; }

    public RtpClockMap Clock { get; }

    /// <summary>Media packets that FEC restored.</summary>
    public long PacketsRestoredByFec { get; private set; }

    /// <summary>When <see cref="PollNacks"/> next has something to do.</summary>
    public MediaTime NextDeadline => _nack?.NextDeadline ?? MediaTime.Never;

    /// <summary>More was lost than can be asked for: ask for a keyframe, then clear it.</summary>
    public bool KeyFrameNeeded
    {
        get => _nack?.KeyFrameNeeded ?? false;
        set
        {
            if (_nack is not null)
            {
                _nack.KeyFrameNeeded = value;
            }
        }
    }

    /// <summary>Takes a packet of the stream.</summary>
    /// <param name="packet">As it came, or as restored from RTX.</param>
    /// <param name="now">Time of arrival.</param>
    /// <param name="isRestored">True if it came as RTX: it fills a gap, but says nothing about loss and jitter of the stream itself.</param>
    public void OnRtp(in RtpPacket packet, MediaTime now, bool isRestored = false)
    {
        if (!isRestored)
        {
            Statistics.OnPacket(packet.SequenceNumber, packet.Timestamp, now);
        }

        _nack?.Received(packet.SequenceNumber, now);
    }

    /// <summary>Takes a packet that FEC restored: it is no longer missed.</summary>
    public void OnRestoredByFec(in RtpPacket packet, MediaTime now)
    {
        PacketsRestoredByFec++;
        _nack?.Received(packet.SequenceNumber, now);
    }

    public void OnSenderReport(in SenderInfo info, MediaTime now)
    {
        Statistics.OnSenderReport(info.Ntp, now);
        Clock.OnSenderReport(info, now);
    }

    /// <summary>The block for the next SR or RR.</summary>
    public ReportBlock BuildReport(MediaTime now) => Statistics.BuildReport(Options.Ssrc, now);

    /// <summary>The sequence numbers to ask for now; returns how many.</summary>
    public int PollNacks(MediaTime now, TimeSpan roundTrip, Span<ushort> lost) => _nack?.Poll(now, roundTrip, lost) ?? 0;

    /// <summary>A keyframe made everything before this number useless.</summary>
    public void ForgetBefore(ushort sequence) => _nack?.ForgetBefore(sequence);
}
