using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>H.264 access units with start codes of four bytes (ITU-T H.264 annex B), as depacketization writes them.</summary>
internal static class AnnexB
{
    public const int Sps = 7;
    public const int Pps = 8;
    private const int StartCodeLength = 4;

    private static ReadOnlySpan<byte> StartCode => [0, 0, 0, 1];

    /// <summary>
    /// Overwrites each start code with the length of its NAL unit (ISO/IEC 14496-15 section 5.3.2). A NAL unit cannot hold a start code
    /// itself: emulation prevention sees to that. False, and nothing changed, where the bytes do not begin with a start code.
    /// </summary>
    public static bool TryReplaceStartCodes(Span<byte> unit)
    {
        if (!unit.StartsWith(StartCode))
        {
            return false;
        }

        while (unit.Length >= StartCodeLength)
        {
            var nal = unit[StartCodeLength..];
            var next = nal.IndexOf(StartCode);
            var length = next < 0 ? nal.Length : next;
            BinaryPrimitives.WriteInt32BigEndian(unit, length);
            unit = nal[length..];
        }

        return true;
    }

    /// <summary>The first NAL unit of a type among units with lengths; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> unit, int type)
    {
        while (unit.Length > StartCodeLength)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(unit);
            if (length <= 0 || length > unit.Length - StartCodeLength)
            {
                break;
            }

            if ((unit[StartCodeLength] & 0x1F) == type)
            {
                return unit.Slice(StartCodeLength, length);
            }

            unit = unit[(StartCodeLength + length)..];
        }

        return default;
    }
}
