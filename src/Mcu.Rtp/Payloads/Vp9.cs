using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Rtp.Payloads;

/// <summary>The VP9 payload descriptor (RFC 9628 section 4.2).</summary>
/// <param name="PictureId">7 or 15 bits; -1 if absent.</param>
/// <param name="InterPredicted">P.</param>
/// <param name="Flexible">F.</param>
/// <param name="StartsFrame">B.</param>
/// <param name="EndsFrame">E.</param>
/// <param name="TemporalLayer">TID; -1 if absent.</param>
/// <param name="SpatialLayer">SID; 0 if absent.</param>
/// <param name="Length">Bytes of the descriptor.</param>
public readonly record struct Vp9Descriptor(
    int PictureId,
    bool InterPredicted,
    bool Flexible,
    bool StartsFrame,
    bool EndsFrame,
    int TemporalLayer,
    int SpatialLayer,
    int Length
)
{
    private const int MaxReferences = 3;

    /// <summary>Reads a descriptor that is followed by at least one byte of VP9.</summary>
    public static bool TryParse(ReadOnlySpan<byte> p, out Vp9Descriptor descriptor)
    {
        descriptor = default;
        if (p.IsEmpty)
        {
            return false;
        }

        var flags = p[0];
        var flexible = (flags & 0x10) != 0;
        var interPredicted = (flags & 0x40) != 0;
        var offset = 1;
        var (pictureId, temporalLayer, spatialLayer) = (-1, -1, 0);
        if ((flags & 0x80) != 0 && !TryParsePictureId(p, ref offset, out pictureId))
        {
            return false;
        }

        if ((flags & 0x20) != 0) // L: TID, U, SID, D; and TL0PICIDX in non-flexible mode
        {
            var length = flexible ? 1 : 2;
            if (p.Length < offset + length)
            {
                return false;
            }

            temporalLayer = p[offset] >> 5;
            spatialLayer = (p[offset] >> 1) & 0x07;
            offset += length;
        }

        if (flexible && interPredicted && !TrySkipReferences(p, ref offset))
        {
            return false;
        }

        if ((flags & 0x02) != 0 && !TrySkipScalabilityStructure(p, ref offset))
        {
            return false;
        }

        descriptor = new Vp9Descriptor(
            pictureId,
            interPredicted,
            flexible,
            (flags & 0x08) != 0,
            (flags & 0x04) != 0,
            temporalLayer,
            spatialLayer,
            offset
        );
        return p.Length > offset;
    }

    private static bool TryParsePictureId(ReadOnlySpan<byte> p, ref int offset, out int pictureId)
    {
        pictureId = -1;
        if (p.Length < offset + 1)
        {
            return false;
        }

        pictureId = p[offset++];
        if ((pictureId & 0x80) == 0)
        {
            return true;
        }

        if (p.Length < offset + 1)
        {
            return false;
        }

        pictureId = ((pictureId & 0x7F) << 8) | p[offset++];
        return true;
    }

    /// <summary>P_DIFF, up to three, each saying whether another follows.</summary>
    private static bool TrySkipReferences(ReadOnlySpan<byte> p, ref int offset)
    {
        for (var i = 0; i < MaxReferences; i++)
        {
            if (p.Length < offset + 1)
            {
                return false;
            }

            if ((p[offset++] & 0x01) == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>SS (RFC 9628 section 4.2.1): sizes of the spatial layers and the picture group.</summary>
    private static bool TrySkipScalabilityStructure(ReadOnlySpan<byte> p, ref int offset)
    {
        if (p.Length < offset + 1)
        {
            return false;
        }

        var flags = p[offset++];
        if ((flags & 0x10) != 0)
        {
            offset += ((flags >> 5) + 1) * 4; // Y: width and height of each layer
        }

        if ((flags & 0x08) == 0)
        {
            return p.Length >= offset;
        }

        if (p.Length < offset + 1)
        {
            return false;
        }

        for (int pictures = p[offset++]; pictures > 0; pictures--)
        {
            if (p.Length < offset + 1)
            {
                return false;
            }

            offset += 1 + ((p[offset] >> 2) & 0x03);
        }

        return p.Length >= offset;
    }
}

/// <summary>Takes the VP9 descriptor off (RFC 9628), in flexible and non-flexible mode, for streams of one spatial layer.</summary>
public sealed class Vp9Depacketizer : IVideoDepacketizer
{
    public VideoCodec Codec => VideoCodec.Vp9;

    public bool TryParse(ReadOnlySpan<byte> payload, out VideoPayloadFlags flags)
    {
        flags = VideoPayloadFlags.None;
        if (!Vp9Descriptor.TryParse(payload, out var descriptor))
        {
            return false;
        }

        if (descriptor is { StartsFrame: true, SpatialLayer: 0 })
        {
            flags = VideoPayloadFlags.FrameStart | VideoPayloadFlags.CertainStart;
            if (!descriptor.InterPredicted)
            {
                flags |= VideoPayloadFlags.Keyframe;
            }
        }

        return true;
    }

    public int PictureIdOf(ReadOnlySpan<byte> payload) => Vp9Descriptor.TryParse(payload, out var descriptor) ? descriptor.PictureId : -1;

    public int MaxOutput(ReadOnlySpan<byte> payload) => payload.Length;

    public int Append(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        if (!Vp9Descriptor.TryParse(payload, out var descriptor))
        {
            return 0;
        }

        payload[descriptor.Length..].CopyTo(output);
        return payload.Length - descriptor.Length;
    }
}

/// <summary>
/// Cuts VP9 frames (RFC 9628) in flexible mode with 15-bit picture ids and temporal layer: each frame says that it refers to the base layer's
/// frame before it, which keeps the packetizer free of a picture group. Each subscriber's stream puts its own numbers in their place
/// (<see cref="PictureNumbers"/>).
/// </summary>
public sealed class Vp9Packetizer : IVideoPacketizer
{
    private const int MaxDescriptorLength = 5;

    private readonly PacketizedFramePool _pool;
    private readonly int _maxPiece;
    private PictureCounter _pictures;

    public Vp9Packetizer(PacketizedFramePool pool, ushort firstPictureId = 0, int maxPayload = VideoPayloads.DefaultMaxPayload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPayload, 64);
        _pool = pool;
        _maxPiece = maxPayload - MaxDescriptorLength;
        _pictures = new PictureCounter(firstPictureId);
    }

    public VideoCodec Codec => VideoCodec.Vp9;

    public PacketizedFrame Packetize(ReadOnlySpan<byte> frame, bool isKeyframe, MediaTime time, int temporalLayer = 0)
    {
        var pieces = EvenSplitter.PiecesOf(frame.Length, _maxPiece);
        var packetized = _pool.Rent(frame.Length + (pieces * MaxDescriptorLength), isKeyframe, time, Codec, temporalLayer);
        var numbers = _pictures.Next(packetized);
        var length = isKeyframe ? MaxDescriptorLength - 1 : MaxDescriptorLength; // P_DIFF
        var splitter = new EvenSplitter(frame, _maxPiece);
        while (splitter.TryNext(out var piece, out var isLast))
        {
            var target = packetized.Remaining();
            var flags = 0x80 | 0x20 | 0x10; // I, L, F
            flags |= isKeyframe ? 0 : 0x40; // P
            flags |= packetized.Count == 0 ? 0x08 : 0; // B
            flags |= isLast ? 0x04 : 0; // E
            target[0] = (byte)flags;
            target[3] = (byte)((temporalLayer << 5) | (temporalLayer > 0 ? 0x10 : 0)); // TID; U: it depends on the base layer alone
            numbers.Write(VideoCodec.Vp9, isKeyframe, target);
            piece.CopyTo(target[length..]);
            packetized.Commit(length + piece.Length);
        }

        packetized.SetMarker(packetized.Count - 1);
        return packetized;
    }
}
