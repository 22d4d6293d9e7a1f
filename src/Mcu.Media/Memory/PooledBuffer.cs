namespace Mcu.Media.Memory;

/// <summary>
/// A reference-counted, pinned byte buffer from a <see cref="BufferPool"/>. Whoever rents it holds one reference;
/// whoever keeps it takes another with <see cref="AddReference"/>; the last <see cref="Release"/> returns it.
/// </summary>
public sealed class PooledBuffer
{
    private readonly BufferPool _owner;
    private ReferenceCount _references;
    private int _length;

    internal PooledBuffer(BufferPool owner, int sizeClass, byte[] array)
    {
        _owner = owner;
        SizeClass = sizeClass;
        Array = array;
    }

    internal int SizeClass { get; }

    /// <summary>The pinned array; may be longer than <see cref="Length"/>.</summary>
    public byte[] Array { get; }

    public int Capacity => Array.Length;

    /// <summary>Bytes in use, 0 to <see cref="Capacity"/>. Set by whoever fills the buffer, before it is shared.</summary>
    public int Length
    {
        get => _length;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Array.Length);
            _length = value;
        }
    }

    public Span<byte> Span => Array.AsSpan(0, _length);

    public PooledBuffer AddReference()
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

    internal void Revive()
    {
        _length = 0;
        _references.Start();
    }
}
