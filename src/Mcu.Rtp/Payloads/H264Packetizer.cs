using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Rtp.Payloads;

/// <summary>
/// Cuts Annex B access units for packetization-mode 1 (RFC 6184 section 6.3): neighbouring parameter sets and SEI travel in one STAP-A,
/// what is too big in FU-A, the rest as single NAL units. Access unit delimiters are left out.
/// </summary>
public sealed class H264Packetizer : IVideoPacketizer
{
    private const int FragmentHeader = 2;

    private readonly PacketizedFramePool _pool;
    private readonly int _maxPayload;

    public H264Packetizer(PacketizedFramePool pool, int maxPayload = VideoPayloads.DefaultMaxPayload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPayload, 64);
        _pool = pool;
        _maxPayload = maxPayload;
    }

    public VideoCodec Codec => VideoCodec.H264;

    public PacketizedFrame Packetize(ReadOnlySpan<byte> frame, bool isKeyframe, MediaTime time, int temporalLayer = 0)
    {
        // Each NAL unit brings at least 3 bytes of start code, which pays for an aggregate's header and size; each fragment adds 2.
        var slab = frame.Length + (FragmentHeader * ((frame.Length / (_maxPayload - FragmentHeader)) + 1)) + 16;
        var packetized = _pool.Rent(slab, isKeyframe, time, Codec, temporalLayer);
        var reader = new AnnexBReader(frame);
        var hasNal = reader.TryRead(out var nal);
        while (hasNal)
        {
            if (H264Nal.TypeOf(nal[0]) == H264Nal.AccessUnitDelimiter)
            {
                hasNal = reader.TryRead(out nal);
            }
            else if (H264Nal.IsParameterOrSei(nal[0]) && nal.Length + 3 <= _maxPayload)
            {
                hasNal = Aggregate(packetized, ref nal, ref reader);
            }
            else
            {
                AddWhole(packetized, nal);
                hasNal = reader.TryRead(out nal);
            }
        }

        packetized.SetMarker(packetized.Count - 1);
        return packetized;
    }

    /// <summary>Packs this and following small units into one STAP-A; leaves the first unit that does not belong to it in <paramref name="nal"/>.</summary>
    private bool Aggregate(PacketizedFrame packetized, ref ReadOnlySpan<byte> nal, ref AnnexBReader reader)
    {
        var first = nal;
        var target = packetized.Remaining();
        var length = 1;
        var count = 0;
        var header = H264Nal.StapA;
        bool hasNal;
        do
        {
            header = (header & 0x1F) | Math.Max(header & 0x60, nal[0] & 0x60); // the highest NRI of all
            BinaryPrimitives.WriteUInt16BigEndian(target[length..], (ushort)nal.Length);
            nal.CopyTo(target[(length + 2)..]);
            length += 2 + nal.Length;
            count++;
            hasNal = reader.TryRead(out nal);
        } while (hasNal && H264Nal.IsParameterOrSei(nal[0]) && length + 2 + nal.Length <= _maxPayload);

        target[0] = (byte)header;
        if (count == 1)
        {
            first.CopyTo(target);
            length = first.Length;
        }

        packetized.Commit(length);
        return hasNal;
    }

    private void AddWhole(PacketizedFrame packetized, ReadOnlySpan<byte> nal)
    {
        if (nal.Length <= _maxPayload)
        {
            nal.CopyTo(packetized.Remaining());
            packetized.Commit(nal.Length);
            return;
        }

        var indicator = (byte)((nal[0] & 0xE0) | H264Nal.FuA);
        var type = H264Nal.TypeOf(nal[0]);
        var splitter = new EvenSplitter(nal[1..], _maxPayload - FragmentHeader);
        var start = 0x80;
        while (splitter.TryNext(out var piece, out var isLast))
        {
            var target = packetized.Remaining();
            target[0] = indicator;
            target[1] = (byte)(start | (isLast ? 0x40 : 0) | type);
            piece.CopyTo(target[FragmentHeader..]);
            packetized.Commit(FragmentHeader + piece.Length);
            start = 0;
        }
    }
}
