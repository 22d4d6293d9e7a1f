using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Fec;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp.Negotiation;

namespace Mcu.WebRtc.Peer;

/// <summary>One outgoing track: its stream, kept in step with what was negotiated. Lives as long as the section.</summary>
internal sealed class MediaSender : IDisposable
{
    private const int MaxReported = 10_000;

    private readonly TransportSequence _transportSequence;
    private readonly Pacer _pacer;
    private readonly uint _timestampOffset;
    private SendStreamOptions _options;
    private uint _reportedSequence;
    private long _bytesReported;
    private MediaTime _reportedAt;

    /// <param name="media">An accepted section with a local source and a codec to send.</param>
    /// <param name="transportSequence">Shared by all senders of the transport.</param>
    /// <param name="pacer">Where packets of this sender may wait.</param>
    /// <param name="random">Draws sequence numbers and the timestamp offset (RFC 3550 section 5.1).</param>
    public MediaSender(NegotiatedMedia media, TransportSequence transportSequence, Pacer pacer, IRandomSource random)
    {
        _transportSequence = transportSequence;
        _pacer = pacer;
        Span<byte> start = stackalloc byte[8];
        random.Fill(start);
        var firstSequence = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(start) & 0x7FFF);
        var firstRtxSequence = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(start[2..]) & 0x7FFF);
        _timestampOffset = BinaryPrimitives.ReadUInt32BigEndian(start[4..]);
        Media = media;
        Sends = media.Sends;
        _options = OptionsFor(media, firstSequence, firstRtxSequence);
        Stream = new SendStream(_options, transportSequence);
    }

    public NegotiatedMedia Media { get; private set; }

    public MediaPurpose Track => Media.Purpose;

    public SendStream Stream { get; private set; }

    /// <summary>How many earlier frames each packet of sound carries once more, 0 to 3, where RED was negotiated.</summary>
    public int Redundancy
    {
        get;
        set => Stream.Redundancy = field = value;
    }

    /// <summary>Whether the peer takes it now.</summary>
    public bool Sends { get; private set; }

    public bool Owns(uint ssrc) => Stream.Ssrc == ssrc || Stream.RtxSsrc == ssrc;

    /// <summary>Goes on with what was agreed anew, on the same SSRC: its sequence numbers must never start over under the same keys.</summary>
    public void Update(NegotiatedMedia media)
    {
        Media = media;
        Sends = media.Sends;
        if (!Sends)
        {
            _pacer.Forget(Stream);
        }

        if (SendCodecOf(media) is not { } codec)
        {
            return; // paused
        }

        var options = OptionsFor(media, _options.FirstSequence, _options.FirstRtxSequence);
        if (options == _options)
        {
            return;
        }

        _pacer.Forget(Stream); // what waits has the old form
        var renamed = _options with
        {
            PayloadType = options.PayloadType,
            RtxPayloadType = options.RtxPayloadType,
            VideoPayloadTypes = options.VideoPayloadTypes,
        };
        if (options == renamed)
        {
            Stream.SwitchPayloadType(codec.PayloadType, codec.RtxPayloadType, options.VideoPayloadTypes);
            _options = options;
            return;
        }

        _options = OptionsFor(media, Stream.NextSequence, Stream.NextRtxSequence);
        Stream.Dispose();
        Stream = new SendStream(_options, _transportSequence) { Redundancy = Redundancy };
    }

    /// <summary>What was sent between the last report of the receiver and this one.</summary>
    public (int Packets, double Bps) SinceReport(in ReportBlock report, MediaTime now)
    {
        var packets =
            _reportedAt == MediaTime.Zero ? 0 : (int)Math.Clamp(report.ExtendedHighestSequence - (long)_reportedSequence, 0, MaxReported);
        var seconds = (now - _reportedAt).TotalSeconds;
        var bps = seconds > 0 ? (Stream.BytesSent + Stream.BytesRetransmitted - _bytesReported) * 8 / seconds : 0;
        _reportedSequence = report.ExtendedHighestSequence;
        _bytesReported = Stream.BytesSent + Stream.BytesRetransmitted;
        _reportedAt = now;
        return (packets, bps);
    }

    public void Dispose()
    {
        _pacer.Forget(Stream);
        Stream.Dispose();
    }

    private SendStreamOptions OptionsFor(NegotiatedMedia media, ushort firstSequence, ushort firstRtxSequence)
    {
        var codec = SendCodecOf(media) ?? throw new ArgumentException("The section sends nothing.", nameof(media));
        var local = media.Local!;
        var usesRtx = local.RtxSsrc is not null && codec.RtxPayloadType is not null;
        return new SendStreamOptions
        {
            Ssrc = local.Ssrc,
            PayloadType = codec.PayloadType,
            ClockRateHz = codec.ClockRateHz,
            RtxSsrc = local.RtxSsrc,
            RtxPayloadType = codec.RtxPayloadType,
            VideoPayloadTypes = new VideoPayloadTypes(
                PayloadTypesOf(media, VideoCodec.Vp8),
                PayloadTypesOf(media, VideoCodec.Vp9),
                PayloadTypesOf(media, VideoCodec.H264)
            ),
            RedPayloadType = media.SendAudioCodec?.RedPayloadType,
            Fec = media.VideoFec is { } fec ? new FecPayloadTypes(fec.RedPayloadType, fec.UlpfecPayloadType) : null,
            FirstSequence = firstSequence,
            FirstRtxSequence = firstRtxSequence,
            TimestampOffset = _timestampOffset,
            Extensions = MediaReceiver.ExtensionsOf(media.Extensions),
            Mid = media.Mid ?? "",
            // Without RTX a repetition would reuse its SRTP index under other header bytes, which breaks AES-GCM: none is kept.
            HistoryPackets = usesRtx ? 1024 : 0,
        };
    }

    private static PayloadTypePair? PayloadTypesOf(NegotiatedMedia media, VideoCodec codec) =>
        media.SendVideoCodecOf(codec) is { } agreed ? new PayloadTypePair(agreed.PayloadType, agreed.RtxPayloadType) : null;

    private static SendCodec? SendCodecOf(NegotiatedMedia media) =>
        media.SendVideoCodec is { } video ? new SendCodec(video.PayloadType, video.RtxPayloadType, 90000)
        : media.SendAudioCodec is { } audio ? new SendCodec(audio.PayloadType, null, audio.ClockRate)
        : null;

    private sealed record SendCodec(byte PayloadType, byte? RtxPayloadType, int ClockRateHz);
}
