using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Rtp.Payloads;

/// <summary>The VP8 payload descriptor (RFC 7741 section 4.2).</summary>
/// <param name="StartsPartition">S: the payload begins a partition.</param>
/// <param name="Partition">PID.</param>
/// <param name="NonReference">N: nothing refers to this frame.</param>
/// <param name="PictureId">7 or 15 bits; -1 if absent.</param>
/// <param name="Tl0PictureIndex">TL0PICIDX; -1 if absent.</param>
/// <param name="TemporalLayer">TID; -1 if absent.</param>
/// <param name="Length">Bytes of the descriptor.</param>
public readonly record struct Vp8Descriptor(
    bool StartsPartition,
    int Partition,
    bool NonReference,
    int PictureId,
    int Tl0PictureIndex,
    int TemporalLayer,
    int Length
)
{
    /// <summary>Reads a descriptor that is followed by at least one byte of VP8.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out Vp8Descriptor descriptor)
    {
        descriptor = default;
        if (payload.IsEmpty)
        {
            return false;
        }

        var offset = 1;
        var (pictureId, tl0, temporalLayer) = (-1, -1, -1);
        if ((payload[0] & 0x80) != 0 && !TryParseExtended(payload, ref offset, ref pictureId, ref tl0, ref temporalLayer))
        {
            return false;
        }

        descriptor = new Vp8Descriptor(
            (payload[0] & 0x10) != 0,
            payload[0] & 0x07,
            (payload[0] & 0x20) != 0,
            pictureId,
            tl0,
            temporalLayer,
            offset
        );
        return payload.Length > offset;
    }

    private static bool TryParseExtended(ReadOnlySpan<byte> p, ref int offset, ref int pictureId, ref int tl0, ref int temporalLayer)
    {
        if (p.Length < 2)
        {
            return false;
        }

        var flags = p[1];
        offset = 2;
        if ((flags & 0x80) != 0) // I: picture id
        {
            if (p.Length < offset + 1 || ((p[offset] & 0x80) != 0 && p.Length < offset + 2))
            {
                return false;
            }

            var isLong = (p[offset] & 0x80) != 0;
            pictureId = isLong ? ((p[offset] & 0x7F) << 8) | p[offset + 1] : p[offset];
            offset += isLong ? 2 : 1;
        }

        if ((flags & 0x40) != 0) // L: TL0PICIDX
        {
            if (p.Length < offset + 1)
            {
                return false;
            }

            tl0 = p[offset++];
        }

        if ((flags & 0x30) != 0) // T or K share one byte
        {
            if (p.Length < offset + 1)
            {
                return false;
            }

            temporalLayer = (flags & 0x20) != 0 ? p[offset] >> 6 : -1;
            offset++;
        }

        return true;
    }
}

/// <summary>Takes the VP8 descriptor off (RFC 7741).</summary>
public sealed class Vp8Depacketizer : IVideoDepacketizer
{
    public VideoCodec Codec => VideoCodec.Vp8;

    public bool TryParse(ReadOnlySpan<byte> payload, out VideoPayloadFlags flags)
    {
        flags = VideoPayloadFlags.None;
        if (!Vp8Descriptor.TryParse(payload, out var descriptor))
        {
            return false;
        }

        if (descriptor is { StartsPartition: true, Partition: 0 })
        {
            flags = VideoPayloadFlags.FrameStart | VideoPayloadFlags.CertainStart;
            if ((payload[descriptor.Length] & 0x01) == 0) // P = 0: key frame (RFC 6386 section 9.1)
            {
                flags |= VideoPayloadFlags.Keyframe;
            }
        }

        return true;
    }

    public int PictureIdOf(ReadOnlySpan<byte> payload) => Vp8Descriptor.TryParse(payload, out var descriptor) ? descriptor.PictureId : -1;

    public int MaxOutput(ReadOnlySpan<byte> payload) => payload.Length;

    public int Append(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        if (!Vp8Descriptor.TryParse(payload, out var descriptor))
        {
            return 0;
        }

        payload[descriptor.Length..].CopyTo(output);
        return payload.Length - descriptor.Length;
    }
}

/// <summary>
/// Cuts VP8 frames (RFC 7741) with 15-bit picture ids, TL0PICIDX and temporal layer, always all of them: receivers count frames by what is there.
/// Each subscriber's stream puts its own numbers in their place (<see cref="PictureNumbers"/>).
/// </summary>
public sealed class Vp8Packetizer : IVideoPacketizer
{
    private const int DescriptorLength = 6;

    private readonly PacketizedFramePool _pool;
    private readonly int _maxPiece;
    private PictureCounter _pictures;

    public Vp8Packetizer(PacketizedFramePool pool, ushort firstPictureId = 0, int maxPayload = VideoPayloads.DefaultMaxPayload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPayload, 64);
        _pool = pool;
        _maxPiece = maxPayload - DescriptorLength;
        _pictures = new PictureCounter(firstPictureId);
    }

    public VideoCodec Codec => VideoCodec.Vp8;

    public PacketizedFrame Packetize(ReadOnlySpan<byte> frame, bool isKeyframe, MediaTime time, int temporalLayer = 0)
    {
        var pieces = EvenSplitter.PiecesOf(frame.Length, _maxPiece);
        var packetized = _pool.Rent(frame.Length + (pieces * DescriptorLength), isKeyframe, time, Codec, temporalLayer);
        var numbers = _pictures.Next(packetized);
        var splitter = new EvenSplitter(frame, _maxPiece);
        while (splitter.TryNext(out var piece, out _))
        {
            var target = packetized.Remaining();
            target[0] = (byte)(0x80 | (packetized.Count == 0 ? 0x10 : 0)); // X, and S on the first; PID 0: partitions are not told apart
            target[0] |= (byte)(temporalLayer > 0 ? 0x20 : 0); // N
            target[1] = 0x80 | 0x40 | 0x20; // I, L, T
            target[5] = (byte)((temporalLayer << 6) | (temporalLayer > 0 ? 0x20 : 0)); // TID; Y: it depends on the base layer alone
            numbers.Write(VideoCodec.Vp8, isKeyframe, target);
            piece.CopyTo(target[DescriptorLength..]);
            packetized.Commit(DescriptorLength + piece.Length);
        }

        packetized.SetMarker(packetized.Count - 1);
        return packetized;
    }
}
