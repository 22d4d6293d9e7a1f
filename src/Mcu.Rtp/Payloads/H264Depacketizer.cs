using System.Buffers.Binary;
using Mcu.Media.Codecs;

namespace Mcu.Rtp.Payloads;

/// <summary>
/// Puts H.264 access units together as Annex B (RFC 6184: single NAL units, STAP-A, FU-A, that is packetization modes 0 and 1),
/// and remembers parameter sets, so that an IDR sent without them can still be decoded.
/// </summary>
public sealed class H264Depacketizer : IVideoDepacketizer
{
    private const int MaxParameterSets = 1024;

    private readonly byte[] _parameterSets = new byte[MaxParameterSets];
    private int _parameterSetsLength;

    private static ReadOnlySpan<byte> StartCode => [0, 0, 0, 1];

    public VideoCodec Codec => VideoCodec.H264;

    public int MaxPrefix => _parameterSetsLength;

    public bool TryParse(ReadOnlySpan<byte> payload, out VideoPayloadFlags flags)
    {
        flags = VideoPayloadFlags.None;
        if (payload.IsEmpty)
        {
            return false;
        }

        switch (H264Nal.TypeOf(payload[0]))
        {
            case >= 1 and <= H264Nal.LastSingle and var type:
                flags = H264Nal.FlagsOf(type, payload[1..]);
                return true;
            case H264Nal.StapA:
                return TryParseAggregate(payload[1..], out flags);
            case H264Nal.FuA when payload.Length > 2:
                flags = (payload[1] & 0x80) != 0 ? H264Nal.FlagsOf(H264Nal.TypeOf(payload[1]), payload[2..]) : VideoPayloadFlags.None;
                return true;
            default:
                return false;
        }
    }

    public bool CanStartWith(VideoPayloadFlags frameFlags) => frameFlags.Has(VideoPayloadFlags.ParameterSets) || _parameterSetsLength > 0;

    // Each NAL unit of an aggregate has at least 3 bytes with its size, and gains 2 by its start code.
    public int MaxOutput(ReadOnlySpan<byte> payload) =>
        !payload.IsEmpty && H264Nal.TypeOf(payload[0]) == H264Nal.StapA ? payload.Length * 2 : payload.Length + StartCode.Length;

    public int Append(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        if (!TryParse(payload, out _))
        {
            return 0;
        }

        switch (H264Nal.TypeOf(payload[0]))
        {
            case H264Nal.StapA:
                var written = 0;
                var rest = payload[1..];
                while (TryReadAggregated(ref rest, out var nal))
                {
                    written += AppendNal(nal, output[written..]);
                }

                return written;
            case H264Nal.FuA:
                return AppendFragment(payload, output);
            default:
                return AppendNal(payload, output);
        }
    }

    public int WritePrefix(VideoPayloadFlags frameFlags, Span<byte> output)
    {
        var isMissing = frameFlags.Has(VideoPayloadFlags.Keyframe) && !frameFlags.Has(VideoPayloadFlags.ParameterSets);
        if (!isMissing)
        {
            return 0;
        }

        _parameterSets.AsSpan(0, _parameterSetsLength).CopyTo(output);
        return _parameterSetsLength;
    }

    /// <summary>Remembers an SPS or PPS, e.g. of sprop-parameter-sets in SDP (RFC 6184 section 8.1). A new SPS replaces all that was known.</summary>
    public void RememberParameterSet(ReadOnlySpan<byte> nal)
    {
        if (nal.IsEmpty || H264Nal.TypeOf(nal[0]) is not (H264Nal.Sps or H264Nal.Pps))
        {
            return;
        }

        var isSps = H264Nal.TypeOf(nal[0]) == H264Nal.Sps;
        if (!isSps && (_parameterSetsLength == 0 || _parameterSets.AsSpan(0, _parameterSetsLength).IndexOf(nal) >= 0))
        {
            return;
        }

        var start = isSps ? 0 : _parameterSetsLength;
        if (start + StartCode.Length + nal.Length > _parameterSets.Length)
        {
            return; // no sane sender has a kilobyte of parameter sets; the decoder has seen this one in its frame
        }

        StartCode.CopyTo(_parameterSets.AsSpan(start));
        nal.CopyTo(_parameterSets.AsSpan(start + StartCode.Length));
        _parameterSetsLength = start + StartCode.Length + nal.Length;
    }

    /// <summary>STAP-A (RFC 6184 section 5.7.1): its flags are those of its first unit and of all it holds.</summary>
    private static bool TryParseAggregate(ReadOnlySpan<byte> rest, out VideoPayloadFlags flags)
    {
        flags = VideoPayloadFlags.None;
        var isFirst = true;
        while (TryReadAggregated(ref rest, out var nal))
        {
            var ofNal = H264Nal.FlagsOf(H264Nal.TypeOf(nal[0]), nal[1..]);
            flags |= isFirst ? ofNal : ofNal & ~VideoPayloadFlags.CertainStart;
            isFirst = false;
        }

        return !isFirst && rest.IsEmpty;
    }

    private static bool TryReadAggregated(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> nal)
    {
        nal = default;
        if (rest.Length < 3)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (size == 0 || rest.Length < 2 + size)
        {
            return false;
        }

        nal = rest.Slice(2, size);
        rest = rest[(2 + size)..];
        return true;
    }

    private int AppendNal(ReadOnlySpan<byte> nal, Span<byte> output)
    {
        RememberParameterSet(nal);
        StartCode.CopyTo(output);
        nal.CopyTo(output[StartCode.Length..]);
        return StartCode.Length + nal.Length;
    }

    /// <summary>FU-A (RFC 6184 section 5.8): the first fragment's NAL header comes from the indicator and the FU header.</summary>
    private static int AppendFragment(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        var written = 0;
        if ((payload[1] & 0x80) != 0)
        {
            StartCode.CopyTo(output);
            output[StartCode.Length] = (byte)((payload[0] & 0xE0) | H264Nal.TypeOf(payload[1]));
            written = StartCode.Length + 1;
        }

        payload[2..].CopyTo(output[written..]);
        return written + payload.Length - 2;
    }
}
