using Mcu.Mixing.Video;

namespace Mcu.Conference;

/// <summary>How one participant wants to see the room.</summary>
/// <param name="Layout">Null follows the room.</param>
/// <param name="Pinned">Number of the participant shown large, or null.</param>
/// <param name="Page">Page of the grid or filmstrip, from 0.</param>
/// <param name="SelfView">Sees itself; null as the conference's default.</param>
public readonly record struct ViewChoice(LayoutKind? Layout, long? Pinned, int Page, bool? SelfView)
{
    public static readonly ViewChoice FollowRoom = new(null, null, 0, null);
}

/// <summary>The layout in force for one participant.</summary>
public readonly record struct ViewState(LayoutKind Layout, bool FollowsRoom, long? Pinned, int Page, int PageCount);
