using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Fec;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;

namespace Mcu.Rtp.Send;

/// <summary>
/// One subscriber's outgoing stream: puts its own RTP headers before payloads that are shared with others, answers NACKs
/// from a history of references (RFC 4585, RFC 4588), and keeps the counts of its sender reports. Video may come from one rendition after the other,
/// of any codec that was negotiated: sequence, time and picture ids run on. Not thread-safe: one owner.
/// </summary>
public sealed partial class SendStream : IDisposable
{
    /// <summary>Bytes to reserve for headers, extensions and the RTX sequence number before a payload.</summary>
    public const int MaxHeaderBytes = 64;

    private const int MaxPadding = byte.MaxValue;
    private const byte PaddingBit = 0x20;

    private static readonly TimeSpan s_minResendInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>A receiver that has a keyframe does without what came so long before it.</summary>
    private static readonly TimeSpan s_supersededAfter = TimeSpan.FromMilliseconds(300);

    private readonly SendStreamOptions _options;
    private readonly TransportSequence? _transport;
    private readonly SendHistory? _history;
    private readonly int _clockRateHz;
    private readonly uint _timestampOffset;
    private readonly VideoProtection? _protection;
    private readonly HeaderTemplate _rtxHeader; // its payload type is each packet's own

    private HeaderTemplate _header;
    private PayloadTypePair _payloadTypes;
    private VideoPayloadTypes _videoPayloadTypes;
    private VideoCodec? _codec;
    private PictureCounter _pictures;
    private SentAs _sentAs; // the frame that is being written
    private PacketizedFrame? _frame;
    private bool _hasTimestamp;
    private RedundantFrames? _redundant; // only for those who lose packets
    private ushort _nextSequence;
    private ushort _nextRtxSequence;
    private ushort? _keyframeSequence; // where the latest keyframe begins

    /// <param name="options">What the stream is.</param>
    /// <param name="transport">Counter shared by all streams of the transport; null where the extension is not negotiated.</param>
    public SendStream(SendStreamOptions options, TransportSequence? transport = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _transport = transport;
        _nextSequence = options.FirstSequence;
        _nextRtxSequence = options.FirstRtxSequence;
        _history = options.HistoryPackets > 0 ? new SendHistory(options.HistoryPackets, options.HistoryAge, options.FirstSequence) : null;
        _clockRateHz = options.ClockRateHz;
        _timestampOffset = options.TimestampOffset;
        _payloadTypes = new PayloadTypePair(options.PayloadType, options.RtxPayloadType);
        _videoPayloadTypes = options.VideoPayloadTypes;
        _pictures = new PictureCounter(options.FirstSequence);
        _protection = options.Fec is null ? null : new VideoProtection();
        _header = HeaderFor(options.PayloadType, options.Ssrc);
        _rtxHeader = HeaderFor(0, options.RtxSsrc ?? options.Ssrc);
    }

    public uint Ssrc => _options.Ssrc;

    public uint? RtxSsrc => _options.RtxSsrc;

    public byte PayloadType => _payloadTypes.Media;

    /// <summary>
    /// FEC packets for each media packet that the receiver's reports ask for now, 0 to 0.5: of a budget for this stream, 1 part in 1 + this is the media's.
    /// </summary>
    public double ProtectionRate => _protection?.Rate ?? 0;

    /// <summary>FEC packets follow what is written (<see cref="WriteFec"/>).</summary>
    public bool IsProtected => _protection is { IsOn: true };

    /// <summary>The sequence number the next packet gets.</summary>
    public ushort NextSequence => _nextSequence;

    /// <summary>Packets sent, FEC counted, retransmissions not.</summary>
    public long PacketsSent { get; private set; }

    /// <summary>Payload bytes sent, FEC counted, retransmissions not.</summary>
    public long BytesSent { get; private set; }

    public long FecPacketsSent { get; private set; }

    public long FecBytesSent { get; private set; }

    public long PacketsRetransmitted { get; private set; }

    public long BytesRetransmitted { get; private set; }

    /// <summary>Payload bytes and padding sent only to probe the path.</summary>
    public long BytesOfPadding { get; private set; }

    /// <summary>The sequence number the next retransmission gets.</summary>
    public ushort NextRtxSequence => _nextRtxSequence;

    /// <summary>Retransmissions have a stream of their own, which takes padding too.</summary>
    public bool HasRtx => _options.RtxSsrc is not null && _payloadTypes.Rtx is not null;

    /// <summary>Packets carry the transport's numbers.</summary>
    public bool IsNumbered => _transport is not null && _header.HasTransportSequence;

    /// <summary>Smoothed round-trip time from receiver reports; null before the first.</summary>
    public TimeSpan? RoundTripTime { get; private set; }

    /// <summary>What the receiver last reported lost, 0 to 1.</summary>
    public double FractionLost { get; private set; }

    /// <summary>Interarrival jitter that the receiver last reported.</summary>
    public TimeSpan Jitter => TimeSpan.FromTicks((long)LastReport.Jitter * TimeSpan.TicksPerSecond / _clockRateHz);

    /// <summary>The receiver's last report on this stream.</summary>
    public ReportBlock LastReport { get; private set; }

    /// <summary>
    /// How many earlier frames each packet carries once more (RED, RFC 2198), 0 to 3: audio for a receiver that loses packets. Always 0 where
    /// that was not negotiated.
    /// </summary>
    public int Redundancy
    {
        get => _redundant?.Depth ?? 0;
        set
        {
            if (_options.RedPayloadType is not null && value != Redundancy)
            {
                _redundant ??= new RedundantFrames();
                _redundant.Depth = value;
            }
        }
    }

    /// <summary>RTP timestamp of an instant on the room's clock.</summary>
    public uint TimestampOf(MediaTime time) => (uint)time.ToRtpUnits(_clockRateHz) + _timestampOffset;

    /// <summary>Goes on with other payload types on the same SSRC. What was sent before is still retransmitted as what it was.</summary>
    public void SwitchPayloadType(byte payloadType, byte? rtxPayloadType, VideoPayloadTypes videoPayloadTypes = default)
    {
        _redundant?.Clear();
        _videoPayloadTypes = videoPayloadTypes;
        _codec = null;
        Use(new PayloadTypePair(payloadType, rtxPayloadType));
    }

    /// <summary>Writes one payload of a frame as the stream's next packet; returns the packet's length in bytes.</summary>
    /// <param name="frame">The history takes its own reference.</param>
    /// <param name="index">Which payload. They are sent in order.</param>
    /// <param name="now">Time of sending.</param>
    /// <param name="level">Audio level, written where that extension is negotiated; null for video.</param>
    /// <param name="destination">
    /// The payload's length + <see cref="MaxHeaderBytes"/> always suffices; with <see cref="Redundancy"/>, 1200 bytes do.
    /// </param>
    public int Write(PacketizedFrame frame, int index, MediaTime now, AudioLevel? level, Span<byte> destination)
    {
        if (index == 0 || frame != _frame)
        {
            Begin(frame);
        }

        var sequence = _nextSequence++;
        var payload = frame[index];
        var length = level is { } stated
            ? WriteHeader(frame, index, sequence, now, stated, destination)
            : WriteHeader(_header, frame, index, sequence, _sentAs.Timestamp, now, destination);
        var written = _redundant is null ? 0 : WriteRedundant(frame, destination, length);
        if (written == 0)
        {
            var isProtected = _protection is { IsOn: true };
            length = isProtected ? RedEncapsulation.Wrap(destination, length, _options.Fec!.Value.Red, PayloadType) : length;
            CopyPayload(frame, index, _sentAs.Numbers, destination[length..]);
            if (isProtected)
            {
                Protect(frame, index, sequence, destination.Slice(length, payload.Length), now);
            }

            written = payload.Length;
        }

        _history?.Add(sequence, frame, index, _sentAs, now);
        PacketsSent++;
        BytesSent += written;
        return length + written;
    }

    /// <summary>Writes one payload of a video frame; see the other overload.</summary>
    public int Write(PacketizedFrame frame, int index, MediaTime now, Span<byte> destination) =>
        Write(frame, index, now, null, destination);

    /// <summary>What an SR at this moment says (RFC 3550 section 6.4.1).</summary>
    public SenderInfo BuildSenderReport(MediaTime now, NtpTimestamp ntp) =>
        new(_options.Ssrc, ntp, TimestampOf(now), (uint)PacketsSent, (uint)BytesSent);

    /// <summary>Takes a report of the receiver: loss, and the round trip by LSR and DLSR (RFC 3550 section 6.4.1).</summary>
    public void OnReceiverReport(in ReportBlock report, NtpTimestamp ntpNow)
    {
        LastReport = report;
        FractionLost = report.FractionLost / 256.0;
        MeasureRoundTrip(report, ntpNow);
        _protection?.OnReport(FractionLost, RoundTripTime);
    }

    /// <summary>What was sent is not repeated any more: the next frame is a keyframe, which nothing before it helps.</summary>
    public void ForgetSent() => _history?.Clear();

    /// <summary>Lets go of every frame that is kept.</summary>
    public void Dispose()
    {
        _history?.Clear();
        _redundant?.Clear();
    }

    private void MeasureRoundTrip(in ReportBlock report, NtpTimestamp ntpNow)
    {
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
        RoundTripTime = RoundTripTime is { } smoothed ? ((smoothed * 3) + sample) / 4 : sample;
    }

    private void Begin(PacketizedFrame frame)
    {
        _frame = frame;
        _keyframeSequence = frame.IsKeyframe && frame.Codec is not null ? _nextSequence : _keyframeSequence;
        _protection?.BeginFrame(frame, RoundTripTime);
        if (frame.Codec is not { } codec)
        {
            _sentAs = new SentAs(_payloadTypes, TimestampOf(frame.Time), default);
            return;
        }

        if (codec != _codec)
        {
            _codec = codec;
            Use(_videoPayloadTypes.Of(codec) ?? _payloadTypes);
        }

        _sentAs = new SentAs(_payloadTypes, NextTimestamp(frame), _pictures.Next(frame));
    }

    /// <summary>
    /// Each picture has a timestamp of its own, later than the one before: the first of another rendition shows the same instant as the last of
    /// the rendition before it, or even an earlier one, and receivers take frames of one timestamp for parts of one, or for late ones.
    /// </summary>
    private uint NextTimestamp(PacketizedFrame frame)
    {
        var timestamp = TimestampOf(frame.Time);
        var isLater = !_hasTimestamp || (int)(timestamp - _sentAs.Timestamp) > 0;
        _hasTimestamp = true;
        return isLater ? timestamp : _sentAs.Timestamp + 1;
    }

    private void Use(PayloadTypePair payloadTypes)
    {
        _payloadTypes = payloadTypes;
        _header = HeaderFor(payloadTypes.Media, _options.Ssrc);
    }

    /// <summary>The payload is shared; the numbers in its descriptor are this subscriber's own.</summary>
    private static void CopyPayload(PacketizedFrame frame, int index, PictureNumbers numbers, Span<byte> destination)
    {
        frame[index].CopyTo(destination);
        if (frame.Codec is { } codec)
        {
            numbers.Write(codec, frame.IsKeyframe, destination);
        }
    }

    private HeaderTemplate HeaderFor(byte payloadType, uint ssrc) => new(payloadType, ssrc, _options.Mid, _options.Extensions);

    /// <summary>Writes the frame with those before it and makes the header one of RED; 0, and nothing, where there are none.</summary>
    private int WriteRedundant(PacketizedFrame frame, Span<byte> packet, int headerLength)
    {
        var written = _redundant!.Write(PayloadType, frame, TimestampOf(frame.Time), packet[headerLength..]);
        if (written > 0)
        {
            HeaderTemplate.SetPayloadType(packet, _options.RedPayloadType!.Value);
        }

        return written;
    }

    private int WriteHeader(
        in HeaderTemplate header,
        PacketizedFrame frame,
        int index,
        ushort sequence,
        uint timestamp,
        MediaTime now,
        Span<byte> packet
    )
    {
        var transportSequence = header.HasTransportSequence && _transport is not null ? _transport.Next() : (ushort)0;
        return header.Write(packet, index == frame.MarkerIndex, sequence, timestamp, transportSequence, now);
    }

    /// <summary>With the level of the sound, which a client sends and a mixer does not.</summary>
    private int WriteHeader(PacketizedFrame frame, int index, ushort sequence, MediaTime now, AudioLevel level, Span<byte> packet)
    {
        var header = new RtpHeader(PayloadType, index == frame.MarkerIndex, sequence, _sentAs.Timestamp, _options.Ssrc);
        var writer = new RtpWriter(packet, header, _header.UsesTwoByteForm);
        var extensions = _options.Extensions;
        extensions.WriteMid(ref writer, _header.Mid);
        extensions.WriteAbsoluteSendTime(ref writer, now);
        if (extensions.TransportSequence != 0 && _transport is not null)
        {
            extensions.WriteTransportSequence(ref writer, _transport.Next());
        }

        extensions.WriteAudioLevel(ref writer, level);
        return writer.EndHeader();
    }
}
