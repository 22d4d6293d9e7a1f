namespace Mcu.Conference.Audio;

/// <summary>
/// The last payloads of a stream that went by undecoded, oldest first: what a decoder that is to go on from here has to know. Five are
/// enough, for Opus forgets faster than that. Allocates nothing after construction.
/// </summary>
internal sealed class UndecodedPayloads
{
    private const int Capacity = 5;

    /// <summary>160 kbit/s in packets of 20 ms; what is longer is rare and is not kept.</summary>
    public const int MaxBytes = 400;

    private readonly byte[] _bytes = new byte[Capacity * MaxBytes];
    private readonly int[] _lengths = new int[Capacity];
    private int _first;
    private int _count;

    public int Count => _count;

    /// <summary>One of them, 0 for the oldest; valid until the next call of <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
            var slot = (_first + index) % Capacity;
            return _bytes.AsSpan(slot * MaxBytes, _lengths[slot]);
        }
    }

    /// <summary>Keeps a copy; the oldest goes where there are too many.</summary>
    public void Add(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxBytes)
        {
            Clear(); // those before a gap are no use
            return;
        }

        if (_count == Capacity)
        {
            Advance();
        }

        var slot = (_first + _count++) % Capacity;
        payload.CopyTo(_bytes.AsSpan(slot * MaxBytes));
        _lengths[slot] = payload.Length;
    }

    /// <summary>Takes the oldest, valid until the next call of <see cref="Add"/>; false where there is none.</summary>
    public bool TryTake(out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (_count == 0)
        {
            return false;
        }

        payload = this[0];
        Advance();
        return true;
    }

    public void Clear() => _count = 0;

    private void Advance()
    {
        _first = (_first + 1) % Capacity;
        _count--;
    }
}
