namespace Mcu.Mixing.Video;

/// <summary>What an overlay shows and how large: the key of the cache.</summary>
internal readonly record struct OverlayKey(OverlayKind Kind, string Text, bool Flag, int Width, int Height, int Detail);

internal enum OverlayKind
{
    Label,
    Avatar,
    Corners,
    BorderTop,
    BorderBottom,
    BorderSide,
    Notice,
}

/// <summary>The most recently used overlays, bounded by bytes. Dropped ones live on for as long as a compositor uses them.</summary>
internal sealed class OverlayCache(long maxBytes)
{
    private readonly Dictionary<OverlayKey, LinkedListNode<(OverlayKey Key, OverlayBitmap Bitmap)>> _byKey = [];
    private readonly LinkedList<(OverlayKey Key, OverlayBitmap Bitmap)> _byUse = [];

    public int Count => _byKey.Count;

    public long Bytes { get; private set; }

    public OverlayBitmap? Find(OverlayKey key)
    {
        if (!_byKey.TryGetValue(key, out var node))
        {
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Bitmap;
    }

    public void Add(OverlayKey key, OverlayBitmap bitmap)
    {
        _byKey.Add(key, _byUse.AddFirst((key, bitmap)));
        Bytes += bitmap.Size;
        while (Bytes > maxBytes && _byUse.Last is { } oldest && oldest.Value.Key != key)
        {
            _byUse.RemoveLast();
            _byKey.Remove(oldest.Value.Key);
            Bytes -= oldest.Value.Bitmap.Size;
        }
    }
}
