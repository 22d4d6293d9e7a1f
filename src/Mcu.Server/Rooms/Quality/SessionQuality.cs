using Mcu.Conference;
using Mcu.Media;

namespace Mcu.Server.Rooms.Quality;

/// <summary>
/// What one session's connection is like: measured every 2 s, told to its client when it is noticeably different; and what its camera is
/// asked for. Belongs to the room's writer.
/// </summary>
/// <param name="session">Whose.</param>
/// <param name="isTold">The client is told by signalling; one that joined over HTTP can only be asked by RTCP.</param>
internal sealed class SessionQuality(RoomSession session, bool isTold)
{
    private readonly QualityMeter _meter = new();
    private readonly SenderShaping _shaping = new();
    private ParticipantQuality? _told;
    private MediaTime _toldAt;

    /// <summary>The last 2 s; null before they were measured.</summary>
    public ParticipantQuality? Current => _meter.Current;

    /// <summary>The camera is of more or less use than before.</summary>
    public void Want(SendHint hint, MediaTime now) => _shaping.Want(hint, now);

    /// <summary>The client has a new connection: the last words may have been lost with the old one.</summary>
    public void Repeat(MediaTime now)
    {
        _shaping.Repeat(now);
        _told = null;
    }

    /// <summary>Does what is due; returns when it wants to be called next. Measuring wakes nobody: legs have timers of their own that are short enough.</summary>
    public MediaTime Run(MediaTime now)
    {
        if (session.Leg.IsConnected && _meter.IsDue(now))
        {
            Measure(now);
        }

        if (_shaping.Update(now))
        {
            Ask();
        }

        return _shaping.Deadline;
    }

    private void Measure(MediaTime now)
    {
        _meter.Add(QualityReading.Of(session), now);
        if (Current is not { } quality)
        {
            return;
        }

        QualityMetrics.Record(quality);
        if (!isTold)
        {
            // A limit by RTCP is forgotten with time, and each packet of it may be lost.
            Ask();
        }
        else if (now - _toldAt >= session.Room.QualityInterval && (_told is not { } told || QualityChange.IsNoticeable(told, quality)))
        {
            (_told, _toldAt) = (quality, now);
            session.Tell(new QualityChanged(quality));
        }
    }

    private void Ask()
    {
        if (_shaping.InForce is not { } hint)
        {
            return;
        }

        if (isTold)
        {
            session.Tell(new SendLimited(hint.Width, hint.Height, hint.FramesPerSecond, hint.BitrateBps));
        }
        else
        {
            session.Leg.LimitSender(hint);
        }
    }
}
