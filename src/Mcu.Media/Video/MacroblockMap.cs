namespace Mcu.Media.Video;

/// <summary>
/// Which 16x16 macroblocks of a picture changed since the last one: one byte each, row by row, 1 = changed, 0 = the same pixels as before.
/// This is the layout that libvpx's active map and x264's mb_info are fed from.
/// </summary>
public sealed class MacroblockMap
{
    public const int BlockSize = 16;

    public MacroblockMap(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        Columns = (width + BlockSize - 1) / BlockSize;
        Rows = (height + BlockSize - 1) / BlockSize;
        Blocks = GC.AllocateArray<byte>(Columns * Rows, pinned: true);
    }

    public int Columns { get; }

    public int Rows { get; }

    /// <summary>Columns x Rows flags in a pinned array.</summary>
    public byte[] Blocks { get; }

    public bool IsEmpty => Blocks.AsSpan().IndexOf((byte)1) < 0;

    public int ChangedCount => Blocks.AsSpan().Count((byte)1);

    public void Clear() => Blocks.AsSpan().Clear();

    public void MarkAll() => Blocks.AsSpan().Fill(1);

    /// <summary>Marks each block that the rectangle touches; parts outside the picture are ignored.</summary>
    public void Mark(PixelRect area)
    {
        if (area.IsEmpty)
        {
            return;
        }

        var left = Math.Max(area.X / BlockSize, 0);
        var right = Math.Min((area.Right + BlockSize - 1) / BlockSize, Columns);
        var bottom = Math.Min((area.Bottom + BlockSize - 1) / BlockSize, Rows);
        for (var row = Math.Max(area.Y / BlockSize, 0); row < bottom && left < right; row++)
        {
            Blocks.AsSpan((row * Columns) + left, right - left).Fill(1);
        }
    }

    /// <summary>Adds what another map of the same size has marked, e.g. of a frame that was composed and not encoded.</summary>
    public void Merge(MacroblockMap other)
    {
        if (other.Columns != Columns || other.Rows != Rows)
        {
            throw new ArgumentException($"A {other.Columns}x{other.Rows} map does not fit a {Columns}x{Rows} one.", nameof(other));
        }

        for (var i = 0; i < Blocks.Length; i++)
        {
            Blocks[i] |= other.Blocks[i];
        }
    }
}
