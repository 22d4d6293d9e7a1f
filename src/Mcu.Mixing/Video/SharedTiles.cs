using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>
/// Pictures scaled once for all canvases of a room that show them at the same size: the first canvas scales, the others copy.
/// A picture that only one canvas shows is scaled straight into it, as ever. Thread-safe; canvases wait for each other at most for one scaling.
/// </summary>
public sealed class SharedTiles(IVideoScaler scaler, VideoFramePool pool)
{
    /// <summary>A size that no canvas asked for in so many rounds is forgotten.</summary>
    private const int Rounds = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<TileKey, ScaledPicture> _pictures = [];
    private readonly List<TileKey> _stale = [];
    private long _round;

    /// <summary>Sizes that are remembered now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _pictures.Count;
            }
        }
    }

    /// <summary>Draws a part of a picture into a part of a canvas.</summary>
    /// <param name="source">Whose picture, and which of them: tells one from another.</param>
    public void Draw(in PictureId source, VideoFrame frame, PixelRect sourceArea, VideoFrame canvas, PixelRect targetArea)
    {
        var key = new TileKey(source.SourceId, source.IsScreen, sourceArea, targetArea.Width, targetArea.Height, frame.Rotation);
        ScaledPicture picture;
        lock (_gate)
        {
            if (!_pictures.TryGetValue(key, out picture!))
            {
                picture = new ScaledPicture();
                _pictures.Add(key, picture);
            }

            picture.Round = _round;
        }

        if (!picture.TryDraw(source.Version, frame, key, canvas, targetArea, scaler, pool))
        {
            scaler.Scale(frame, sourceArea, frame.Rotation, canvas, targetArea);
        }
    }

    /// <summary>Once per video tick: forgets what is no longer shown.</summary>
    public void NextRound()
    {
        lock (_gate)
        {
            _round++;
            if (_round % Rounds != 0)
            {
                return;
            }

            foreach (var (key, picture) in _pictures)
            {
                if (_round - picture.Round > Rounds)
                {
                    _stale.Add(key);
                }
            }

            foreach (var key in _stale)
            {
                _pictures.Remove(key, out var picture);
                picture!.Drop();
            }

            _stale.Clear();
        }
    }

    /// <summary>Gives all memory back. What is drawn later begins anew.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var picture in _pictures.Values)
            {
                picture.Drop();
            }

            _pictures.Clear();
        }
    }

    private readonly record struct TileKey(
        long SourceId,
        bool IsScreen,
        PixelRect SourceArea,
        int Width,
        int Height,
        VideoRotation Rotation
    );

    /// <summary>One source at one size: its newest picture scaled, if more than one canvas wanted the one before.</summary>
    private sealed class ScaledPicture
    {
        private readonly Lock _gate = new();
        private VideoFrame? _scaled;
        private long _scaledVersion = -1;
        private long _version = -1;
        private int _users;
        private bool _isShared;
        private bool _isDropped;

        /// <summary>When it was last wanted; guarded by the owner's lock.</summary>
        public long Round { get; set; }

        /// <summary>Draws from the shared picture, making it first if need be; false where the caller is to scale for itself.</summary>
        public bool TryDraw(
            long version,
            VideoFrame frame,
            in TileKey key,
            VideoFrame canvas,
            PixelRect target,
            IVideoScaler scaler,
            VideoFramePool pool
        )
        {
            lock (_gate)
            {
                if (_isDropped || version < _version)
                {
                    return false;
                }

                Count(version);
                if (!_isShared)
                {
                    return false;
                }

                var whole = new PixelRect(0, 0, key.Width, key.Height);
                if (_scaledVersion != version)
                {
                    _scaled ??= pool.Rent(key.Width, key.Height);
                    scaler.Scale(frame, key.SourceArea, frame.Rotation, _scaled, whole);
                    _scaledVersion = version;
                }

                scaler.Scale(_scaled!, whole, VideoRotation.None, canvas, target);
                return true;
            }
        }

        public void Drop()
        {
            lock (_gate)
            {
                _isDropped = true;
                _scaled?.Release();
                _scaled = null;
            }
        }

        private void Count(long version)
        {
            if (version == _version)
            {
                _users++;
                return;
            }

            _isShared = _users > 1;
            _version = version;
            _users = 1;
        }
    }
}

/// <summary>Tells one picture of a room from all others.</summary>
/// <param name="SourceId">Whose it is.</param>
/// <param name="IsScreen">The shared screen, not the camera.</param>
/// <param name="Version">Grows from picture to picture.</param>
public readonly record struct PictureId(long SourceId, bool IsScreen, long Version);
