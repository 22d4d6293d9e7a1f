namespace Mcu.Conference.Video;

/// <summary>
/// One participant's place at a rendition. A move to another rendition happens at that rendition's next keyframe; until then
/// the old one goes on, so nobody sees a freeze when layouts change.
/// </summary>
internal sealed class VideoSubscription(Participant participant)
{
    public Participant Participant => participant;

    /// <summary>The rendition whose frames are sent now.</summary>
    public VideoRendition? Current { get; private set; }

    /// <summary>The rendition that takes over at its next keyframe.</summary>
    public VideoRendition? Next { get; private set; }

    /// <summary>Frames sent.</summary>
    public int Frames { get; private set; }

    /// <summary>The view in force, to tell changes.</summary>
    public ViewState Announced { get; set; }

    public void MoveTo(VideoRendition? rendition)
    {
        if ((Next ?? Current) == rendition)
        {
            return;
        }

        if (rendition is null)
        {
            Leave();
            return;
        }

        if (rendition == Current)
        {
            Drop(Next);
            Next = null;
            return;
        }

        Drop(Next);
        Next = rendition;
        rendition.Subscribers.Add(this);
        rendition.RequestKeyframe(KeyframeReason.Join);
    }

    public void Leave()
    {
        Drop(Current);
        Drop(Next);
        Current = null;
        Next = null;
    }

    /// <summary>Whether a frame of this rendition is for this participant now.</summary>
    public bool Takes(VideoRendition rendition, bool isKeyframe)
    {
        if (rendition == Next && isKeyframe)
        {
            Drop(Current);
            Current = rendition;
            Next = null;
        }

        var takes = rendition == Current;
        Frames += takes ? 1 : 0;
        return takes;
    }

    private void Drop(VideoRendition? rendition) => rendition?.Subscribers.Remove(this);
}
