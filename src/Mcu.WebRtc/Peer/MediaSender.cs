using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Srtp;

namespace Mcu.WebRtc.Peer;

/// <summary>One outgoing track: puts the frames of a rendition on the transport, and answers NACKs from their history. Lives as long as the section.</summary>
internal sealed class MediaSender : IDisposable
{
    private readonly TransportSequence _transportSequence;
    private readonly uint _timestampOffset;
    private SendStreamOptions _options;
    private bool _sends;
    private bool _isNumbered; // packets carry the transport's numbers

    /// <param name="media">An accepted section with a local source and a codec to send.</param>
    /// <param name="transportSequence">Shared by all senders of the transport.</param>
    /// <param name="random">Draws sequence numbers and the timestamp offset (RFC 3550 section 5.1).</param>
    public MediaSender(NegotiatedMedia media, TransportSequence transportSequence, IRandomSource random)
    {
        _transportSequence = transportSequence;
        Span<byte> start = stackalloc byte[8];
        random.Fill(start);
        var firstSequence = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(start) & 0x7FFF);
        var firstRtxSequence = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(start[2..]) & 0x7FFF);
        _timestampOffset = BinaryPrimitives.ReadUInt32BigEndian(start[4..]);
        Media = media;
        _sends = media.Sends;
        _isNumbered = media.Extensions.TransportCc != 0;
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

    public bool Owns(uint ssrc) => Stream.Ssrc == ssrc || Stream.RtxSsrc == ssrc;

    /// <summary>Goes on with what was agreed anew, on the same SSRC: its sequence numbers must never start over under the same keys.</summary>
    public void Update(NegotiatedMedia media)
    {
        Media = media;
        _sends = media.Sends;
        _isNumbered = media.Extensions.TransportCc != 0;
        if (SendCodecOf(media) is not { } codec)
        {
            return; // paused
        }

        var options = OptionsFor(media, _options.FirstSequence, _options.FirstRtxSequence);
        if (options == _options)
        {
            return;
        }

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

        var nextRtx = (ushort)(_options.FirstRtxSequence + Stream.PacketsRetransmitted);
        _options = OptionsFor(media, Stream.NextSequence, nextRtx);
        Stream.Dispose();
        Stream = new SendStream(_options, _transportSequence) { Redundancy = Redundancy };
    }

    /// <summary>Sends all packets of a frame. What the transport cannot take now is lost: real-time media does not wait.</summary>
    public void Send(PacketizedFrame frame, AudioLevel? level, MediaTime now, SecureTransport transport, IWebRtcPeerHandler handler)
    {
        if (!_sends)
        {
            return;
        }

        for (var index = 0; index < frame.Count; index++)
        {
            var room = transport.Reserve();
            if (frame[index].Length + SendStream.MaxHeaderBytes + SrtpSession.MaxTrailer <= room.Length)
            {
                Send(room, Stream.Write(frame, index, now, level, room), now, transport, handler);
            }
        }
    }

    /// <summary>Repeats the packets a NACK asks for, as far as they are kept (RFC 4588).</summary>
    public void Resend(in NackFeedback nack, MediaTime now, SecureTransport transport, IWebRtcPeerHandler handler)
    {
        foreach (var sequence in nack)
        {
            var room = transport.Reserve();
            var length = Stream.Retransmit(sequence, now, room);
            if (length > 0)
            {
                Send(room, length, now, transport, handler);
            }
        }
    }

    public void Dispose() => Stream.Dispose();

    private void Send(Span<byte> room, int length, MediaTime now, SecureTransport transport, IWebRtcPeerHandler handler)
    {
        if (transport.SendRtp(room, length) && _isNumbered)
        {
            handler.OnPacketSent(_transportSequence.Last, length, now);
        }
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
