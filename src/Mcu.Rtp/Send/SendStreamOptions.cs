using Mcu.Media.Codecs;
using Mcu.Rtp.Fec;

namespace Mcu.Rtp.Send;

/// <summary>What one outgoing stream is opened with. The random parts (SSRC, sequence, timestamp) are the caller's to draw (RFC 3550 section 8).</summary>
public sealed record SendStreamOptions
{
    public required uint Ssrc { get; init; }

    public required byte PayloadType { get; init; }

    /// <summary>Hz of the RTP clock: 48000 Opus, 8000 G.711 and G.722, 90000 video.</summary>
    public required int ClockRateHz { get; init; }

    /// <summary>SSRC of retransmissions (RFC 4588); null to repeat lost packets on the stream itself.</summary>
    public uint? RtxSsrc { get; init; }

    public byte? RtxPayloadType { get; init; }

    /// <summary>Video: what the frames of each codec go out as. A frame of a codec that is not among them goes out as <see cref="PayloadType"/>.</summary>
    public VideoPayloadTypes VideoPayloadTypes { get; init; }

    /// <summary>Payload type of audio packets that carry earlier frames too (RED, RFC 2198); null where that was not negotiated.</summary>
    public byte? RedPayloadType { get; init; }

    /// <summary>Video: what forward error correction goes out as; null where it was not negotiated.</summary>
    public FecPayloadTypes? Fec { get; init; }

    public ushort FirstSequence { get; init; }

    public ushort FirstRtxSequence { get; init; }

    /// <summary>Added to the room's time in RTP units.</summary>
    public uint TimestampOffset { get; init; }

    /// <summary>Negotiated header extensions.</summary>
    public ExtensionMap Extensions { get; init; }

    /// <summary>Written into every packet where the MID extension was negotiated.</summary>
    public string Mid { get; init; } = "";

    /// <summary>Packets kept to answer NACKs, rounded up to a power of two; 0 for a stream that answers none.</summary>
    public int HistoryPackets { get; init; } = 1024;

    /// <summary>How long packets are kept.</summary>
    public TimeSpan HistoryAge { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>The transport-wide sequence numbers of one transport, shared by all streams on it. One owner.</summary>
/// <param name="first">First number given.</param>
public sealed class TransportSequence(ushort first = 0)
{
    /// <summary>The number given last, which the packet written last carries.</summary>
    public ushort Last { get; private set; } = (ushort)(first - 1);

    public ushort Next() => ++Last;
}

/// <summary>The payload types of one codec.</summary>
/// <param name="Media">Of the stream.</param>
/// <param name="Rtx">Of its retransmissions; null where they go out on the stream itself.</param>
public readonly record struct PayloadTypePair(byte Media, byte? Rtx);

/// <summary>The payload types of the video codecs that the receiver takes.</summary>
public readonly record struct VideoPayloadTypes(PayloadTypePair? Vp8, PayloadTypePair? Vp9, PayloadTypePair? H264)
{
    public PayloadTypePair? Of(VideoCodec codec) =>
        codec switch
        {
            VideoCodec.Vp8 => Vp8,
            VideoCodec.Vp9 => Vp9,
            VideoCodec.H264 => H264,
            _ => null,
        };
}
