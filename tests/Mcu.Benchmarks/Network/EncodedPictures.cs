using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Video;

namespace Mcu.Benchmarks.Network;

/// <summary>What one encoded frame was made from.</summary>
/// <param name="Composed">When its canvas was composed.</param>
/// <param name="Settings">Of its encoder at that time.</param>
internal readonly record struct EncodedPicture(MediaTime Composed, VideoCodec Codec, VideoEncoderSettings Settings);

/// <summary>
/// All that the server encoded lately, found again by its bytes: so a guest who puts a frame together knows what it should look like.
/// </summary>
internal sealed class EncodedPictures : IDisposable
{
    /// <summary>Longer than that a frame is under way only on a line whose queue is hopeless.</summary>
    private static readonly TimeSpan s_canvasesKept = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_framesKept = TimeSpan.FromSeconds(60);

    private readonly Dictionary<ulong, EncodedPicture> _pictures = [];
    private readonly Dictionary<ulong, VideoFrame> _canvases = [];
    private readonly Queue<(ulong Key, MediaTime Noted)> _ageing = new();
    private readonly Queue<(ulong Key, MediaTime Noted)> _ageingCanvases = new();

    /// <param name="encoded">The frame's bytes.</param>
    /// <param name="made">What it was made from.</param>
    /// <param name="canvas">What its encoder was given, where that was kept; valid until the next <see cref="Note"/>.</param>
    public bool TryFind(ReadOnlySpan<byte> encoded, out EncodedPicture made, out VideoFrame? canvas)
    {
        var key = Hash(encoded);
        canvas = _canvases.GetValueOrDefault(key);
        return _pictures.TryGetValue(key, out made);
    }

    /// <summary>Notes a frame, and its canvas where that is to be kept.</summary>
    public void Note(ReadOnlySpan<byte> encoded, EncodedPicture made, VideoFrame? canvas)
    {
        var now = made.Composed;
        Forget(now);
        var key = Hash(encoded);
        _pictures[key] = made;
        _ageing.Enqueue((key, now));
        if (canvas is not null && !_canvases.ContainsKey(key))
        {
            _canvases.Add(key, Copy(canvas));
            _ageingCanvases.Enqueue((key, now));
        }
    }

    public void Dispose()
    {
        foreach (var canvas in _canvases.Values)
        {
            canvas.Release();
        }

        _canvases.Clear();
    }

    private void Forget(MediaTime now)
    {
        while (_ageingCanvases.TryPeek(out var oldest) && now - oldest.Noted > s_canvasesKept)
        {
            _ageingCanvases.Dequeue();
            _canvases.Remove(oldest.Key, out var canvas);
            canvas!.Release();
        }

        while (_ageing.TryPeek(out var oldest) && now - oldest.Noted > s_framesKept)
        {
            // A frame with the same bytes may have been made since.
            _ageing.Dequeue();
            if (_pictures.TryGetValue(oldest.Key, out var made) && made.Composed == oldest.Noted)
            {
                _pictures.Remove(oldest.Key);
            }
        }
    }

    private static VideoFrame Copy(VideoFrame canvas)
    {
        var copy = VideoFramePool.Shared.Rent(canvas.Width, canvas.Height);
        canvas.Data.CopyTo(copy.Data, 0);
        return copy;
    }

    /// <summary>FNV-1a: frames of one run do not collide in 64 bits.</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }
}
