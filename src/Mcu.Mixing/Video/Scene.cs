using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>One tile of a <see cref="Scene"/>.</summary>
public record struct SceneTile
{
    /// <summary>Whose picture it is. With <see cref="IsScreen"/> and <see cref="FrameVersion"/> it tells one picture from another.</summary>
    public long SourceId { get; set; }

    public bool IsScreen { get; set; }

    /// <summary>Where on the canvas; even edges, inside the canvas.</summary>
    public PixelRect Area { get; set; }

    public FitMode Fit { get; set; }

    /// <summary>The picture to show, or null for the avatar. Borrowed: it must stay alive until <see cref="Compositor.Compose"/> returns, no longer.</summary>
    public VideoFrame? Frame { get; set; }

    /// <summary>Changes whenever <see cref="Frame"/> holds another picture. Frames are pooled, so their identity does not say that.</summary>
    public long FrameVersion { get; set; }

    /// <summary>The name on the label and behind the avatar; null or empty for none.</summary>
    public string? Name { get; set; }

    /// <summary>Shows the crossed-out microphone.</summary>
    public bool IsMuted { get; set; }

    /// <summary>Shows the active-speaker border.</summary>
    public bool IsSpeaking { get; set; }
}

/// <summary>What a canvas shall show. Filled anew or edited in place before each <see cref="Compositor.Compose"/>; allocates nothing after construction.</summary>
public sealed class Scene
{
    public const int MaxTiles = 32;

    private readonly SceneTile[] _tiles = new SceneTile[MaxTiles];

    public int Count { get; private set; }

    /// <summary>Tiles from the lowest to the topmost; they normally do not overlap.</summary>
    public Span<SceneTile> Tiles => _tiles.AsSpan(0, Count);

    /// <summary>What is behind the tiles. Immutable; compared by identity.</summary>
    public Backdrop Backdrop { get; set; } = Backdrop.Default;

    /// <summary>A line of text in the middle of the backdrop, such as "Waiting for others"; null for none.</summary>
    public string? Notice { get; set; }

    /// <summary>Adds an empty tile on top and returns it for filling.</summary>
    /// <exception cref="InvalidOperationException">There are <see cref="MaxTiles"/> already.</exception>
    public ref SceneTile Add(PixelRect area)
    {
        if (Count == MaxTiles)
        {
            throw new InvalidOperationException($"A scene holds at most {MaxTiles} tiles.");
        }

        ref var tile = ref _tiles[Count++];
        tile = new SceneTile { Area = area };
        return ref tile;
    }

    /// <summary>Removes all tiles and lets go of their frames; backdrop and notice stay.</summary>
    public void Clear()
    {
        Tiles.Clear();
        Count = 0;
    }
}
