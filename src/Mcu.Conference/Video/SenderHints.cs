using Mcu.Mixing.Video;

namespace Mcu.Conference.Video;

/// <summary>
/// Tells what cameras are of use for: how large each is shown at most, over all layouts that somebody watches. Arithmetic, counted anew with
/// each plan, so that it costs nothing per frame.
/// </summary>
internal sealed class SenderHints(IConferenceObserver observer)
{
    private readonly Dictionary<long, (int Width, int Height)> _largest = [];

    /// <summary>Begins a new plan.</summary>
    public void Begin() => _largest.Clear();

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

    /// <summary>All watched layouts are known: tells of each camera that is of more or less use than before.</summary>
    public void Tell(List<Participant> participants, int framesPerSecond)
    {
        foreach (var participant in participants)
        {
            SendHint? hint =
                participant.Camera is null ? null
                : participant.VideoMutedBy == MutedBy.Nobody ? HintFor(participant.Number, framesPerSecond)
                : SendHint.Hidden;
            if (hint != participant.SendHint)
            {
                participant.SendHint = hint;
                if (hint is { } wanted)
                {
                    observer.OnSendHint(participant, wanted);
                }
            }
        }
    }
}
