namespace Mcu.Media.Memory;

/// <summary>
/// How many hold an object that goes back to its pool with the last of them. Thread-safe. A mutable struct: keep it in a field, never copy it.
/// </summary>
public struct ReferenceCount
{
    private int _count;

    /// <summary>The object leaves its pool; who rented it has the one reference.</summary>
    public void Start() => Volatile.Write(ref _count, 1);

    /// <summary>Adds one holder.</summary>
    /// <exception cref="InvalidOperationException">The object went back already. Nothing has changed: a late holder does not revive it.</exception>
    public void Add()
    {
        int count;
        do
        {
            count = Volatile.Read(ref _count);
            if (count <= 0)
            {
                throw new InvalidOperationException("This went back to its pool; nobody may take a reference to it any more.");
            }
        } while (Interlocked.CompareExchange(ref _count, count + 1, count) != count);
    }

    /// <summary>Takes one holder off; true for the last, who returns the object to its pool.</summary>
    /// <exception cref="InvalidOperationException">It was released more often than it was taken.</exception>
    public bool Release()
    {
        var left = Interlocked.Decrement(ref _count);
        return left >= 0 ? left == 0 : throw new InvalidOperationException("This was released more often than it was taken.");
    }
}
