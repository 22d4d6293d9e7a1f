namespace Mcu.Codecs.Audio;

/// <summary>
/// What an Opus packet says of itself without being decoded (RFC 6716 section 3): parsed here, in memory-safe code,
/// before libopus sees it.
/// </summary>
public readonly record struct OpusPacket
{
    /// <summary>The longest packet, 120 ms, in samples at 48 kHz.</summary>
    public const int MaxSamples = 5760;

    /// <summary>The longest frame in bytes (section 3.4, R2).</summary>
    private const int MaxFrameBytes = 1275;

    /// <summary>Samples per frame at 48 kHz: 120 (2.5 ms) to 2880 (60 ms).</summary>
    public int FrameSamples { get; private init; }

    /// <summary>1 to 48.</summary>
    public int FrameCount { get; private init; }

    /// <summary>Whether the frames are coded in stereo.</summary>
    public bool IsStereo { get; private init; }

    /// <summary>Whether the first frame carries in-band FEC (LBRR) for the frame before it (sections 2.1.7 and 4.2.4).</summary>
    public bool HasFec { get; private init; }

    /// <summary>Samples of the whole packet at 48 kHz.</summary>
    public int Samples => FrameSamples * FrameCount;

    /// <summary>Parses the TOC byte and the frame lengths; false where the packet breaks a rule of section 3.4.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out OpusPacket parsed)
    {
        parsed = default;
        if (packet.IsEmpty)
        {
            return false;
        }

        // TOC: config (5 bits), stereo (1), frame count code (2).
        var toc = packet[0];
        var config = toc >> 3;
        var stereo = (toc & 0x04) != 0;
        var frameSamples = SamplesPerFrame(config);
        if (!TryFindFirstFrame(packet, out var count, out var start, out var length) || count * frameSamples > MaxSamples)
        {
            return false;
        }

        parsed = new OpusPacket
        {
            FrameSamples = frameSamples,
            FrameCount = count,
            IsStereo = stereo,
            HasFec = config < 16 && CarriesLbrr(packet.Slice(start, length), frameSamples, stereo),
        };
        return true;
    }

    /// <summary>Section 3.1, table 2: configurations 0-11 are SILK, 12-15 hybrid, 16-31 CELT.</summary>
    private static int SamplesPerFrame(int config) =>
        config switch
        {
            < 12 => (config & 3) switch
            {
                0 => 480,
                1 => 960,
                2 => 1920,
                _ => 2880,
            },
            < 16 => (config & 1) == 0 ? 480 : 960,
            _ => 120 << (config & 3),
        };

    private static bool TryFindFirstFrame(ReadOnlySpan<byte> packet, out int count, out int start, out int length)
    {
        start = 1;
        switch (packet[0] & 3)
        {
            case 0: // one frame (section 3.2.2)
                count = 1;
                length = packet.Length - 1;
                return length <= MaxFrameBytes;
            case 1: // two frames of one size (section 3.2.3)
                count = 2;
                length = (packet.Length - 1) / 2;
                return (packet.Length & 1) == 1 && length <= MaxFrameBytes;
            case 2: // two frames, the first one's size given (section 3.2.4)
                count = 2;
                return TryReadLength(packet, ref start, out length)
                    && length <= packet.Length - start
                    && packet.Length - start - length <= MaxFrameBytes;
            default:
                return TryFindFirstOfMany(packet, out count, out start, out length);
        }
    }

    /// <summary>Section 3.2.5: VBR and padding flags and the count, padding length, lengths of all frames but the last.</summary>
    private static bool TryFindFirstOfMany(ReadOnlySpan<byte> packet, out int count, out int start, out int length)
    {
        (count, start, length) = (0, 2, 0);
        if (packet.Length < 2)
        {
            return false;
        }

        count = packet[1] & 0x3F;
        if (count is 0 or > 48)
        {
            return false;
        }

        var end = packet.Length;
        if ((packet[1] & 0x40) != 0 && !TrySkipPadding(packet, ref start, ref end))
        {
            return false;
        }

        if ((packet[1] & 0x80) == 0)
        {
            length = (end - start) / count;
            return length * count == end - start && length <= MaxFrameBytes;
        }

        return TryReadLengths(packet[..end], count, ref start, out length);
    }

    private static bool TryReadLengths(ReadOnlySpan<byte> packet, int count, ref int start, out int first)
    {
        first = 0;
        var total = 0;
        for (var i = 0; i < count - 1; i++)
        {
            if (!TryReadLength(packet, ref start, out var size))
            {
                return false;
            }

            first = i == 0 ? size : first;
            total += size;
        }

        var last = packet.Length - start - total;
        first = count == 1 ? last : first;
        return last is >= 0 and <= MaxFrameBytes;
    }

    private static bool TrySkipPadding(ReadOnlySpan<byte> packet, ref int start, ref int end)
    {
        while (start < packet.Length)
        {
            var value = packet[start++];
            end -= value == 255 ? 254 : value;
            if (value != 255)
            {
                return end >= start;
            }
        }

        return false;
    }

    /// <summary>Section 3.2.1: one byte to 251, or two.</summary>
    private static bool TryReadLength(ReadOnlySpan<byte> packet, ref int offset, out int length)
    {
        length = 0;
        if (offset >= packet.Length)
        {
            return false;
        }

        length = packet[offset++];
        if (length < 252)
        {
            return true;
        }

        if (offset >= packet.Length)
        {
            return false;
        }

        length += 4 * packet[offset++];
        return true;
    }

    /// <summary>Section 4.2.3: a SILK frame begins with one VAD flag per 20 ms and one LBRR flag, for mid and then for side.</summary>
    private static bool CarriesLbrr(ReadOnlySpan<byte> frame, int frameSamples, bool stereo)
    {
        if (frame.IsEmpty)
        {
            return false;
        }

        var silkFrames = Math.Max(frameSamples / 960, 1);
        var mid = (frame[0] >> (7 - silkFrames)) & 1;
        var side = stereo ? (frame[0] >> (6 - (2 * silkFrames))) & 1 : 0;
        return (mid | side) != 0;
    }
}
