using System.Collections.Concurrent;

namespace Mcu.Media.Video;

/// <summary>A bounded pool of <see cref="VideoFrame"/>s by size. Thread-safe. Sizes that are no longer rented age out as others return.</summary>
public sealed class VideoFramePool
{
    /// <summary>Largest side of a frame in pixels. Bigger pictures are refused before memory is spent on them.</summary>
    public const int MaxSide = 4096;

    private readonly ConcurrentDictionary<(int Width, int Height), ConcurrentBag<VideoFrame>> _free = new();
    private readonly long _maxFreeBytes;
    private long _freeBytes;
    private int _outstanding;

    public VideoFramePool(long maxFreeBytes = 64L * 1024 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxFreeBytes);
        _maxFreeBytes = maxFreeBytes;
    }

    /// <summary>The process's own pool.</summary>
    public static VideoFramePool Shared { get; } = new();

    /// <summary>Frames rented and not yet released.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Rents a frame with one reference, owned by the caller. Pixels are undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is not within 2 to <see cref="MaxSide"/>.</exception>
    public VideoFrame Rent(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, MaxSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, MaxSide);
        Interlocked.Increment(ref _outstanding);
        if (_free.TryGetValue((width, height), out var bag) && bag.TryTake(out var frame))
        {
            Interlocked.Add(ref _freeBytes, -frame.Data.Length);
        }
        else
        {
            frame = new VideoFrame(this, width, height);
        }

        frame.Revive();
        return frame;
    }

    /// <summary>Lets go of all frames that nobody uses.</summary>
    public void Trim()
    {
        foreach (var bag in _free.Values)
        {
            while (bag.TryTake(out var frame))
            {
                Interlocked.Add(ref _freeBytes, -frame.Data.Length);
            }
        }
    }

    internal void Return(VideoFrame frame)
    {
#if DEBUG
        frame.Data.AsSpan().Fill(0xFF);
#endif
        Interlocked.Decrement(ref _outstanding);
        if (Interlocked.Add(ref _freeBytes, frame.Data.Length) > _maxFreeBytes)
        {
            Interlocked.Add(ref _freeBytes, -frame.Data.Length);
            DropOtherSizes(frame);
            return;
        }

        _free.GetOrAdd((frame.Width, frame.Height), static _ => new ConcurrentBag<VideoFrame>()).Add(frame);
    }

    /// <summary>The pool is full: free what was kept for sizes other than the one now in use.</summary>
    private void DropOtherSizes(VideoFrame current)
    {
        foreach (var (size, bag) in _free)
        {
            if (size == (current.Width, current.Height))
            {
                continue;
            }

            while (bag.TryTake(out var stale))
            {
                Interlocked.Add(ref _freeBytes, -stale.Data.Length);
            }
        }
    }
}
