namespace Mcu.Rtp.Payloads;

/// <summary>NAL unit types (H.264 table 7-1) and packet types of RTP (RFC 6184 table 1).</summary>
internal static class H264Nal
{
    public const int IdrSlice = 5;
    public const int LastSlice = 5;
    public const int Sei = 6;
    public const int Sps = 7;
    public const int Pps = 8;
    public const int AccessUnitDelimiter = 9;
    public const int LastSingle = 23;
    public const int StapA = 24;
    public const int FuA = 28;

    public static int TypeOf(byte header) => header & 0x1F;

    public static bool IsParameterOrSei(byte header) => TypeOf(header) is Sei or Sps or Pps;

    /// <summary>What a NAL unit, or the first fragment of one, tells about its access unit.</summary>
    public static VideoPayloadFlags FlagsOf(int type, ReadOnlySpan<byte> afterHeader)
    {
        var flags = VideoPayloadFlags.FrameStart;
        if (type == IdrSlice)
        {
            flags |= VideoPayloadFlags.Keyframe;
        }

        if (type == Sps)
        {
            flags |= VideoPayloadFlags.ParameterSets;
        }

        // first_mb_in_slice is ue(v): a leading 1 bit is 0, the first slice of a picture (H.264 section 7.3.3).
        var isFirstSlice = type is >= 1 and <= LastSlice && afterHeader.Length > 0 && (afterHeader[0] & 0x80) != 0;
        return isFirstSlice || type is Sps or AccessUnitDelimiter ? flags | VideoPayloadFlags.CertainStart : flags;
    }
}

/// <summary>Walks over the NAL units of an Annex B byte stream (H.264 Annex B).</summary>
internal ref struct AnnexBReader
{
    private static ReadOnlySpan<byte> StartCode => [0, 0, 1];

    private ReadOnlySpan<byte> _rest;

    public AnnexBReader(ReadOnlySpan<byte> stream)
    {
        var start = stream.IndexOf(StartCode);
        _rest = start < 0 ? default : stream[(start + 3)..];
    }

    /// <summary>The next unit that is not empty, without start code and trailing zeros.</summary>
    public bool TryRead(out ReadOnlySpan<byte> nal)
    {
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf(StartCode);
            nal = (end < 0 ? _rest : _rest[..end]).TrimEnd((byte)0);
            _rest = end < 0 ? default : _rest[(end + 3)..];
            if (!nal.IsEmpty)
            {
                return true;
            }
        }

        nal = default;
        return false;
    }
}
