namespace Mcu.TestKit.Video;

/// <summary>Splits an Annex B stream of H.264 into access units (ITU-T H.264 section 7.4.1.2.3).</summary>
public static class AccessUnits
{
    private const int Slice = 1;
    private const int IdrSlice = 5;
    private const int FirstThatStartsAUnit = 6;
    private const int LastThatStartsAUnit = 9;

    public static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> stream)
    {
        var units = new List<ReadOnlyMemory<byte>>();
        var start = -1;
        var hasSlice = false;
        for (var at = NextStartCode(stream.Span, 0); at >= 0; at = NextStartCode(stream.Span, at + 3))
        {
            var type = stream.Span[at + 3] & 0x1F;
            var isSlice = type is Slice or IdrSlice;
            // SEI, parameter sets, delimiter, or a slice with first_mb_in_slice 0 (a lone 1 bit) after a slice: a new picture.
            var begins = type is >= FirstThatStartsAUnit and <= LastThatStartsAUnit || (isSlice && IsFirstSlice(stream.Span, at));
            if (start < 0 || (begins && hasSlice))
            {
                if (start >= 0)
                {
                    units.Add(stream[start..at]);
                }

                start = at;
                hasSlice = false;
            }

            hasSlice |= isSlice;
        }

        if (start >= 0)
        {
            units.Add(stream[start..]);
        }

        return units;
    }

    private static bool IsFirstSlice(ReadOnlySpan<byte> stream, int startCode) =>
        startCode + 4 < stream.Length && (stream[startCode + 4] & 0x80) != 0;

    private static int NextStartCode(ReadOnlySpan<byte> stream, int from)
    {
        var found = from < stream.Length ? stream[from..].IndexOf([(byte)0, (byte)0, (byte)1]) : -1;
        return found >= 0 && from + found + 3 < stream.Length ? from + found : -1;
    }
}
