using Mcu.Media;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Video;

/// <summary>
/// One participant's place at a rendition. A move to another rendition happens at that rendition's next keyframe; until then
/// the old one goes on, so nobody sees a freeze when layouts or rungs change.
/// </summary>
internal sealed class VideoSubscription(Participant participant)
{
    /// <summary>Nothing of the present rendition is sent.</summary>
    private const int NoLayer = -1;

    /// <summary>A request that comes sooner after a keyframe than the keyframe could have helped is not about that one.</summary>
    private static readonly TimeSpan KeyframeGrace = TimeSpan.FromMilliseconds(100);

    /// <summary>Who keeps losing what cannot be repaired costs others at most this many keyframes at once, and one more each interval.</summary>
    private const int LossBudget = 3;
    private static readonly TimeSpan LossBudgetInterval = TimeSpan.FromSeconds(5);

    private Rung? _nextRung;
    private int _relief = Rung.AllLayers;
    private bool _reportedLoss;
    private bool _isRestarted;
    private int _lossBudget = LossBudget;
    private MediaTime _lossBudgetFrom;
    private MediaTime _keyframeAt = new(long.MinValue / 2);

    public Participant Participant => participant;

    /// <summary>Which rung the participant is on.</summary>
    public RungPolicy Policy { get; } = new();

    /// <summary>The rendition whose frames are sent now.</summary>
    public VideoRendition? Current { get; private set; }

    /// <summary>Which of its frames.</summary>
    public Rung? Rung { get; private set; }

    /// <summary>The rendition that takes over at its next keyframe.</summary>
    public VideoRendition? Next { get; private set; }

    /// <summary>Frames sent.</summary>
    public int Frames { get; private set; }

    /// <summary>Keyframes that were asked for and not made, for others would have paid for them.</summary>
    public int RefusedKeyframes { get; private set; }

    /// <summary>The view in force, to tell changes.</summary>
    public ViewState Announced { get; set; }

    /// <summary>The highest layer that is sent of the present rendition, or <see cref="NoLayer"/>.</summary>
    private int TopLayer => Math.Min(Rung?.TopLayer ?? NoLayer, _relief);

    /// <summary>What the leg was last told that it could use.</summary>
    public long Demand { get; set; }

    /// <param name="rung">Which of the rendition's layers.</param>
    public void MoveTo(VideoRendition rendition, Rung rung)
    {
        if (rendition == Current)
        {
            Drop(Next);
            Next = null;
            Rung = rung;
            _relief = Rung.AllLayers;
            return;
        }

        _nextRung = rung;
        if (rendition == Next)
        {
            return;
        }

        Drop(Next);
        Next = rendition;
        rendition.Subscribers.Add(this);
        rendition.RequestKeyframe(rung.Encoding.Id < Rung?.Encoding.Id ? KeyframeReason.Climb : KeyframeReason.Join);
    }

    /// <summary>
    /// While the next rendition's keyframe is awaited on a line that does not carry the present one, less of it is sent: half the frames, or,
    /// where it is more than twice too much, none.
    /// </summary>
    /// <param name="budgetBps">Bit/s that the line has for pictures.</param>
    public void Relieve(long budgetBps)
    {
        if (Next is not null && Rung is { } rung && budgetBps < rung.LineBps)
        {
            _relief = Math.Min(_relief, budgetBps < rung.LineBps / 2 ? NoLayer : 0);
        }
    }

    public void Leave()
    {
        Drop(Current);
        Drop(Next);
        Current = null;
        Next = null;
        Rung = null;
        _relief = Rung.AllLayers;
    }

    /// <summary>Whether the participant takes no more than the base layer of this rendition.</summary>
    public bool TakesBaseOf(VideoRendition rendition) =>
        rendition == Current ? TopLayer < Rung.AllLayers : _nextRung?.TopLayer < Rung.AllLayers;

    /// <summary>Whether a frame of this rendition is for this participant now.</summary>
    public bool Takes(VideoRendition rendition, PacketizedFrame frame)
    {
        if (rendition == Next && frame.IsKeyframe)
        {
            Drop(Current);
            Current = rendition;
            Next = null;
            Rung = _nextRung;
            _relief = Rung.AllLayers;
        }

        if (rendition != Current || frame.TemporalLayer > TopLayer)
        {
            return false;
        }

        _keyframeAt = frame.IsKeyframe ? frame.Time : _keyframeAt;
        Frames++;
        return true;
    }

    /// <summary>The participant cannot decode what it gets.</summary>
    public void ReportLoss() => _reportedLoss = true;

    /// <summary>Nothing that was sent counts any more, a keyframe that just went out included.</summary>
    public void RestartPicture()
    {
        _reportedLoss = true;
        _isRestarted = true;
    }

    /// <summary>Once per tick: asks for a keyframe where one was reported to be needed, none is under way, and others do not pay too often.</summary>
    public void ServeLoss(TimeSpan roundTrip, MediaTime now)
    {
        if (!_reportedLoss)
        {
            return;
        }

        _reportedLoss = false;
        var isRestarted = _isRestarted;
        _isRestarted = false;
        if (Current is not { } rendition || (!isRestarted && now - _keyframeAt < roundTrip + KeyframeGrace))
        {
            return;
        }

        if (rendition.Subscribers.Count > 1 && !TakeFromBudget(now))
        {
            RefusedKeyframes++;
            return;
        }

        rendition.RequestKeyframe(isRestarted ? KeyframeReason.Join : KeyframeReason.Loss);
    }

    private bool TakeFromBudget(MediaTime now)
    {
        var earned = (int)Math.Min((now - _lossBudgetFrom) / LossBudgetInterval, LossBudget);
        if (earned > 0)
        {
            _lossBudget = Math.Min(_lossBudget + earned, LossBudget);
            _lossBudgetFrom = now;
        }

        if (_lossBudget == 0)
        {
            return false;
        }

        _lossBudget--;
        return true;
    }

    private void Drop(VideoRendition? rendition) => rendition?.Subscribers.Remove(this);
}
