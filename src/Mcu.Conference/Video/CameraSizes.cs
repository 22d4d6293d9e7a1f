using Mcu.Mixing.Video;

namespace Mcu.Conference.Video;

/// <summary>How large cameras are shown, over all layouts that somebody watches. Arithmetic; counted anew with each plan.</summary>
internal sealed class CameraSizes
{
    private readonly Dictionary<long, (int Width, int Height)> _largest = [];

    public void Clear() => _largest.Clear();

    /// <summary>A layout that is watched.</summary>
    public void Add(LayoutResult layout)
    {
        foreach (var tile in layout.Tiles)
        {
            if (!tile.IsScreen)
            {
                var (width, height) = _largest.GetValueOrDefault(tile.SourceId);
                _largest[tile.SourceId] = (Math.Max(width, tile.Area.Width), Math.Max(height, tile.Area.Height));
            }
        }
    }

    /// <summary>What the camera of this participant is of use for.</summary>
    public SendHint HintFor(long number, int framesPerSecond) =>
        _largest.TryGetValue(number, out var size) ? SendHint.ForTile(size.Width, size.Height, framesPerSecond) : SendHint.Hidden;
}
