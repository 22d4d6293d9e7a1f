using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Rtp.Payloads;

/// <summary>Cuts the encoded frames of one rendition into RTP payloads. Keeps what runs from frame to frame (picture ids). One owner.</summary>
public interface IVideoPacketizer
{
    VideoCodec Codec { get; }

    /// <summary>Cuts one frame; the caller owns the one reference to what comes back.</summary>
    /// <param name="frame">One frame as the encoder gave it; for H.264 an Annex B access unit. Not empty.</param>
    /// <param name="isKeyframe">Decodable alone.</param>
    /// <param name="time">Capture time on the room's clock.</param>
    /// <param name="temporalLayer">0, or 1 for a frame that nothing refers to (VP8 and VP9).</param>
    PacketizedFrame Packetize(ReadOnlySpan<byte> frame, bool isKeyframe, MediaTime time, int temporalLayer = 0);
}

/// <summary>Makes the packetizer or depacketizer of a codec.</summary>
public static class VideoPayloads
{
    /// <summary>
    /// Payload bytes per packet that keep a datagram within 1200 bytes with headers, extensions, RTX and SRTP,
    /// so that it passes every IPv6 path and tunnel.
    /// </summary>
    public const int DefaultMaxPayload = 1130;

    /// <param name="codec">Which.</param>
    /// <param name="pool">Where frames come from.</param>
    /// <param name="firstPictureId">Random start of the 15-bit picture ids of VP8 and VP9.</param>
    /// <param name="maxPayload">Bytes per payload, at least 64.</param>
    public static IVideoPacketizer CreatePacketizer(
        VideoCodec codec,
        PacketizedFramePool pool,
        ushort firstPictureId = 0,
        int maxPayload = DefaultMaxPayload
    ) =>
        codec switch
        {
            VideoCodec.Vp8 => new Vp8Packetizer(pool, firstPictureId, maxPayload),
            VideoCodec.Vp9 => new Vp9Packetizer(pool, firstPictureId, maxPayload),
            VideoCodec.H264 => new H264Packetizer(pool, maxPayload),
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec."),
        };

    public static IVideoDepacketizer CreateDepacketizer(VideoCodec codec) =>
        codec switch
        {
            VideoCodec.Vp8 => new Vp8Depacketizer(),
            VideoCodec.Vp9 => new Vp9Depacketizer(),
            VideoCodec.H264 => new H264Depacketizer(),
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec."),
        };
}

/// <summary>Audio: one frame is one payload (RFC 7587 for Opus, RFC 3551 for G.711 and G.722).</summary>
public sealed class AudioPacketizer(PacketizedFramePool pool)
{
    /// <param name="frame">What the encoder gave.</param>
    /// <param name="time">Time of the first sample on the room's clock.</param>
    /// <param name="startsTalkspurt">Sets the marker: the first frame, or the first after a pause of DTX (RFC 3551 section 4.1).</param>
    public PacketizedFrame Packetize(ReadOnlySpan<byte> frame, MediaTime time, bool startsTalkspurt = false)
    {
        var packetized = pool.Rent(frame.Length, isKeyframe: true, time);
        frame.CopyTo(packetized.Remaining());
        packetized.Commit(frame.Length);
        packetized.SetMarker(startsTalkspurt ? 0 : -1);
        return packetized;
    }
}

/// <summary>
/// Cuts a run of bytes into pieces of one size, the last one a few bytes shorter: no packet of a frame is a tiny rest, and the transport can
/// hand the packets of a frame to the kernel as one.
/// </summary>
internal ref struct EvenSplitter(ReadOnlySpan<byte> bytes, int maxPiece)
{
    private readonly int _size = (bytes.Length + PiecesOf(bytes.Length, maxPiece) - 1) / PiecesOf(bytes.Length, maxPiece);
    private ReadOnlySpan<byte> _rest = bytes;
    private bool _ended;

    /// <summary>The most pieces there may be.</summary>
    public static int PiecesOf(int length, int maxPiece) => Math.Max(1, (length + maxPiece - 1) / maxPiece);

    public bool TryNext(out ReadOnlySpan<byte> piece, out bool isLast)
    {
        isLast = _rest.Length <= _size;
        piece = isLast ? _rest : _rest[.._size];
        _rest = _rest[piece.Length..];
        var isThere = !_ended;
        _ended = isLast;
        return isThere;
    }
}
