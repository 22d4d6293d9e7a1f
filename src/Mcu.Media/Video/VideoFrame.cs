using Mcu.Media.Memory;

namespace Mcu.Media.Video;

/// <summary>
/// One picture in I420 (planar YUV 4:2:0, BT.601 limited range), 8 bit, in pooled pinned memory. Reference-counted like
/// <see cref="PooledBuffer"/>: the creator holds one reference. Pixels are written before the frame is shared, never after,
/// except on canvases, which have exactly one owner.
/// </summary>
public sealed class VideoFrame
{
    private readonly VideoFramePool _owner;
    private ReferenceCount _references;

    internal VideoFrame(VideoFramePool owner, int width, int height)
    {
        _owner = owner;
        Width = width;
        Height = height;
        StrideY = Align(width);
        StrideUV = Align((width + 1) / 2);
        OffsetU = StrideY * height;
        OffsetV = OffsetU + (StrideUV * ChromaHeight);
        // 64 bytes behind the last row let vectorised native readers overrun harmlessly.
        Data = GC.AllocateUninitializedArray<byte>(OffsetV + (StrideUV * ChromaHeight) + 64, pinned: true);
    }

    public int Width { get; }

    public int Height { get; }

    public int ChromaWidth => (Width + 1) / 2;

    public int ChromaHeight => (Height + 1) / 2;

    /// <summary>Bytes from one luma row to the next; a multiple of 32.</summary>
    public int StrideY { get; }

    /// <summary>Bytes from one chroma row to the next; a multiple of 32.</summary>
    public int StrideUV { get; }

    public int OffsetU { get; }

    public int OffsetV { get; }

    /// <summary>All three planes in one pinned array: Y at 0, U at <see cref="OffsetU"/>, V at <see cref="OffsetV"/>.</summary>
    public byte[] Data { get; }

    /// <summary>RTP timestamp of the encoded frame this was decoded from, 90 kHz.</summary>
    public uint RtpTimestamp { get; set; }

    /// <summary>How the viewer must turn the picture.</summary>
    public VideoRotation Rotation { get; set; }

    public Span<byte> Y => Data.AsSpan(0, StrideY * Height);

    public Span<byte> U => Data.AsSpan(OffsetU, StrideUV * ChromaHeight);

    public Span<byte> V => Data.AsSpan(OffsetV, StrideUV * ChromaHeight);

    public VideoFrame AddReference()
    {
        _references.Add();
        return this;
    }

    public void Release()
    {
        if (_references.Release())
        {
            _owner.Return(this);
        }
    }

    /// <summary>Fills the whole picture with one colour (BT.601 limited range: black is 16, 128, 128).</summary>
    public void Fill(byte y, byte u, byte v)
    {
        Y.Fill(y);
        U.Fill(u);
        V.Fill(v);
    }

    internal void Revive()
    {
        RtpTimestamp = 0;
        Rotation = VideoRotation.None;
        _references.Start();
    }

    private static int Align(int value) => (value + 31) & ~31;
}
