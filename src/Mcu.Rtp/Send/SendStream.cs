using System.Buffers.Binary;
using System.Text;
using Mcu.Media;
using Mcu.Rtp.Rtcp;

namespace Mcu.Rtp.Send;

/// <summary>
/// One subscriber's outgoing stream: puts its own RTP headers before payloads that are shared with others, answers NACKs
/// from a history of references (RFC 4585, RFC 4588), and keeps the counts of its sender reports. Not thread-safe: one owner.
/// </summary>
public sealed class SendStream : IDisposable
{
    /// <summary>Bytes to reserve for headers, extensions and the RTX sequence number before a payload.</summary>
    public const int MaxHeaderBytes = 64;

    private static readonly TimeSpan s_minResendInterval = TimeSpan.FromMilliseconds(10);

    private readonly SendStreamOptions _options;
    private readonly TransportSequence? _transport;
    private readonly byte[] _mid;
    private readonly bool _twoByteForm;
    private readonly SendHistory _history;

    private byte _payloadType;
    private byte _rtxPayloadType;
    private bool _usesRtx;
    private ushort _nextSequence;
    private ushort _nextRtxSequence;

    /// <param name="options">What the stream is.</param>
    /// <param name="transport">Counter shared by all streams of the transport; null where the extension is not negotiated.</param>
    public SendStream(SendStreamOptions options, TransportSequence? transport = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _transport = transport;
        _mid = Encoding.ASCII.GetBytes(options.Mid);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_mid.Length, 32, nameof(options));
        _twoByteForm = options.Extensions.NeedsTwoByteForm || (options.Extensions.Mid != 0 && _mid.Length > 16);
        _nextSequence = options.FirstSequence;
        _nextRtxSequence = options.FirstRtxSequence;
        _history = new SendHistory(options.HistoryPackets, options.HistoryAge, options.FirstSequence);
        UsePayloadTypes(options.PayloadType, options.RtxPayloadType);
    }

    public uint Ssrc => _options.Ssrc;

    public uint? RtxSsrc => _options.RtxSsrc;

    public byte PayloadType => _payloadType;

    /// <summary>The sequence number the next packet gets.</summary>
    public ushort NextSequence => _nextSequence;

    /// <summary>Packets sent, retransmissions not counted.</summary>
    public long PacketsSent { get; private set; }

    /// <summary>Payload bytes sent, retransmissions not counted.</summary>
    public long BytesSent { get; private set; }

    public long PacketsRetransmitted { get; private set; }

    public long BytesRetransmitted { get; private set; }

    /// <summary>Smoothed round-trip time from receiver reports; null before the first.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    /// <summary>What the receiver last reported lost, 0 to 1.</summary>
    public double FractionLost { get; private set; }

    /// <summary>The receiver's last report on this stream.</summary>
    public ReportBlock LastReport { get; private set; }

    /// <summary>RTP timestamp of an instant on the room's clock.</summary>
    public uint TimestampOf(MediaTime time) => (uint)time.ToRtpUnits(_options.ClockRateHz) + _options.TimestampOffset;

    /// <summary>Goes on with another codec on the same SSRC. What was sent before can no longer be retransmitted.</summary>
    public void SwitchPayloadType(byte payloadType, byte? rtxPayloadType)
    {
        _history.Clear();
        UsePayloadTypes(payloadType, rtxPayloadType);
    }

    /// <summary>Writes one payload of a frame as the stream's next packet; returns the packet's length in bytes.</summary>
    /// <param name="frame">The history takes its own reference.</param>
    /// <param name="index">Which payload. They are sent in order.</param>
    /// <param name="now">Time of sending.</param>
    /// <param name="level">Audio level, written where that extension is negotiated; null for video.</param>
    /// <param name="destination">The payload's length + <see cref="MaxHeaderBytes"/> always suffices.</param>
    public int Write(PacketizedFrame frame, int index, MediaTime now, AudioLevel? level, Span<byte> destination)
    {
        var sequence = _nextSequence++;
        var payload = frame[index];
        var header = HeaderOf(frame, index, _payloadType, sequence, _options.Ssrc);
        var writer = new RtpWriter(destination, header, _twoByteForm);
        WriteExtensions(ref writer, now);
        if (level is { } audioLevel)
        {
            _options.Extensions.WriteAudioLevel(ref writer, audioLevel);
        }

        var length = writer.AddPayload(payload);
        _history.Add(sequence, frame, index, now);
        PacketsSent++;
        BytesSent += payload.Length;
        return length;
    }

    /// <summary>Writes one payload of a video frame; see the other overload.</summary>
    public int Write(PacketizedFrame frame, int index, MediaTime now, Span<byte> destination) =>
        Write(frame, index, now, null, destination);

    /// <summary>
    /// Answers a NACK for one packet, on the RTX stream where there is one. Returns the packet's length, or 0 if it is no longer kept
    /// or was repeated less than half a round trip ago.
    /// </summary>
    public int Retransmit(ushort sequence, MediaTime now, Span<byte> destination)
    {
        // Half of it: one request may cross the repair on its way, but the next one, a round trip later, means that the repair was lost,
        // even if jitter brings it early.
        var interval = RoundTripTime is { } rtt && rtt / 2 > s_minResendInterval ? rtt / 2 : s_minResendInterval;
        if (!_history.TryFind(sequence, now, out var entry) || entry.ResentAt > now - interval)
        {
            return 0;
        }

        var frame = entry.Frame!;
        var payload = frame[entry.Index];
        var header = _usesRtx
            ? HeaderOf(frame, entry.Index, _rtxPayloadType, _nextRtxSequence++, _options.RtxSsrc!.Value)
            : HeaderOf(frame, entry.Index, _payloadType, sequence, _options.Ssrc);
        var writer = new RtpWriter(destination, header, _twoByteForm);
        WriteExtensions(ref writer, now);
        if (_usesRtx)
        {
            Span<byte> original = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(original, sequence);
            writer.AddPayload(original); // OSN, RFC 4588 section 4
        }

        _history.MarkResent(sequence, now);
        PacketsRetransmitted++;
        BytesRetransmitted += payload.Length;
        return writer.AddPayload(payload);
    }

    /// <summary>What an SR at this moment says (RFC 3550 section 6.4.1).</summary>
    public SenderInfo BuildSenderReport(MediaTime now, NtpTimestamp ntp) =>
        new(_options.Ssrc, ntp, TimestampOf(now), (uint)PacketsSent, (uint)BytesSent);

    /// <summary>Takes a report of the receiver: loss, and the round trip by LSR and DLSR (RFC 3550 section 6.4.1).</summary>
    public void OnReceiverReport(in ReportBlock report, NtpTimestamp ntpNow)
    {
        LastReport = report;
        FractionLost = report.FractionLost / 256.0;
        if (report.LastSenderReport == 0)
        {
            return;
        }

        var units = (int)(ntpNow.Middle - report.LastSenderReport - report.DelaySinceLastSenderReport);
        if (units is < -655 or > 65536 * 60)
        {
            return; // beyond what clock granularity or a minute explain: a report about somebody else's SR
        }

        var sample = TimeSpan.FromTicks(Math.Max(units, 0) * TimeSpan.TicksPerSecond / 65536);
        RoundTripTime = RoundTripTime is { } smoothed ? ((smoothed * 7) + sample) / 8 : sample;
    }

    /// <summary>Lets go of every frame of the history.</summary>
    public void Dispose() => _history.Clear();

    private void UsePayloadTypes(byte payloadType, byte? rtxPayloadType)
    {
        _payloadType = payloadType;
        _rtxPayloadType = rtxPayloadType.GetValueOrDefault();
        _usesRtx = _options.RtxSsrc is not null && rtxPayloadType is not null;
    }

    private RtpHeader HeaderOf(PacketizedFrame frame, int index, byte payloadType, ushort sequence, uint ssrc) =>
        new(payloadType, index == frame.MarkerIndex, sequence, TimestampOf(frame.Time), ssrc);

    private void WriteExtensions(ref RtpWriter writer, MediaTime now)
    {
        var extensions = _options.Extensions;
        extensions.WriteMid(ref writer, _mid);
        extensions.WriteAbsoluteSendTime(ref writer, now);
        if (extensions.TransportSequence != 0 && _transport is not null)
        {
            extensions.WriteTransportSequence(ref writer, _transport.Next());
        }
    }
}
