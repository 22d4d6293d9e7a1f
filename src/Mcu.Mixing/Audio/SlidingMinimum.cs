namespace Mcu.Mixing.Audio;

/// <summary>The minimum of the last <c>window</c> values, amortised constant time per value: a queue of candidates in rising order. Allocates nothing after construction.</summary>
internal sealed class SlidingMinimum
{
    private readonly int _window;
    private readonly float[] _values;
    private readonly int[] _ages;
    private int _head;
    private int _count;
    private int _position;

    public SlidingMinimum(int window)
    {
        _window = window;
        _values = new float[window];
        _ages = new int[window];
    }

    /// <summary>Takes the next value and returns the minimum of the window that ends with it.</summary>
    public float Push(float value)
    {
        // Positions wrap after 2^32 values; only their differences, bounded by the window, are used.
        _position = unchecked(_position + 1);
        if (_count > 0 && unchecked(_position - _ages[_head]) >= _window)
        {
            _head = Next(_head);
            _count--;
        }

        while (_count > 0 && _values[Tail()] >= value)
        {
            _count--;
        }

        _count++;
        var tail = Tail();
        _values[tail] = value;
        _ages[tail] = _position;
        return _values[_head];
    }

    public void Reset() => _count = 0;

    public void CopyFrom(SlidingMinimum other)
    {
        other._values.CopyTo(_values, 0);
        other._ages.CopyTo(_ages, 0);
        (_head, _count, _position) = (other._head, other._count, other._position);
    }

    private int Next(int index) => index + 1 == _window ? 0 : index + 1;

    private int Tail()
    {
        var index = _head + _count - 1;
        return index >= _window ? index - _window : index;
    }
}
