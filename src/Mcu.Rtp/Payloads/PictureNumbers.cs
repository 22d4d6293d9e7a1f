using System.Buffers.Binary;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Rtp.Payloads;

/// <summary>
/// The numbers of one frame in the descriptors of VP8 (RFC 7741 section 4.2) and VP9 (RFC 9628 section 4.2). They count what one receiver gets, so
/// they run on when a subscriber changes to another rendition, or gets only its base layer.
/// </summary>
/// <param name="PictureId">15 bits.</param>
/// <param name="BaseIndex">VP8: TL0PICIDX.</param>
/// <param name="BaseDistance">VP9: P_DIFF, how many frames ago the base layer's frame before it was; 7 bits.</param>
internal readonly record struct PictureNumbers(ushort PictureId, byte BaseIndex, byte BaseDistance)
{
    /// <summary>Writes them into a payload that one of our packetizers made.</summary>
    public void Write(VideoCodec codec, bool isKeyframe, Span<byte> payload)
    {
        const int longId = 0x8000; // M: 15 bits
        switch (codec)
        {
            case VideoCodec.Vp8:
                BinaryPrimitives.WriteUInt16BigEndian(payload[2..], (ushort)(longId | PictureId));
                payload[4] = BaseIndex;
                break;
            case VideoCodec.Vp9:
                BinaryPrimitives.WriteUInt16BigEndian(payload[1..], (ushort)(longId | PictureId));
                if (!isKeyframe)
                {
                    payload[4] = (byte)(BaseDistance << 1); // and no further reference
                }

                break;
            case VideoCodec.H264:
                break; // numbers nothing (RFC 6184)
            default:
                throw new ArgumentOutOfRangeException(nameof(codec), codec, "Not a video codec.");
        }
    }
}

/// <summary>Numbers frames in the order in which they are sent.</summary>
internal struct PictureCounter(ushort first)
{
    private const int IdMask = 0x7FFF;

    private int _next = first & IdMask;
    private int _base = first & IdMask; // of the latest frame of the base layer
    private byte _baseIndex;

    public PictureNumbers Next(PacketizedFrame frame)
    {
        var id = _next;
        var distance = (id - _base) & IdMask;
        _next = (id + 1) & IdMask;
        if (frame.TemporalLayer == 0)
        {
            _base = id;
            _baseIndex++;
        }

        return new PictureNumbers((ushort)id, _baseIndex, (byte)Math.Min(distance, 0x7F));
    }
}
