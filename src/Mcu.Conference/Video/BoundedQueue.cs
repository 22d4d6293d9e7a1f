namespace Mcu.Conference.Video;

/// <summary>A bounded first-in first-out queue between the conference's writer and its video jobs. Thread-safe; allocates nothing after construction.</summary>
internal sealed class BoundedQueue<T>(int capacity)
{
    private readonly Lock _gate = new();
    private readonly T?[] _items = new T?[capacity];
    private int _head;
    private int _count;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <summary>False when full: the caller still owns the item.</summary>
    public bool TryEnqueue(T item)
    {
        lock (_gate)
        {
            if (_count == _items.Length)
            {
                return false;
            }

            _items[(_head + _count++) % _items.Length] = item;
            return true;
        }
    }

    public bool TryDequeue(out T item)
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                item = default!;
                return false;
            }

            item = _items[_head]!;
            _items[_head] = default;
            _head = (_head + 1) % _items.Length;
            _count--;
            return true;
        }
    }
}
