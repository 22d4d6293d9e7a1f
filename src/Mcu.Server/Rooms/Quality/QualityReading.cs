using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Rtp.Send;
using Mcu.Sdp.Negotiation;

namespace Mcu.Server.Rooms.Quality;

/// <summary>What is known about a connection at one moment. Counts only grow; where they start anew, one window is not known.</summary>
internal readonly record struct QualityReading
{
    private static readonly MediaPurpose[] s_incoming = [MediaPurpose.Audio, MediaPurpose.Video, MediaPurpose.Screen];

    public TimeSpan? RoundTrip { get; init; }

    /// <summary>What the path down carries.</summary>
    public LegNetwork Network { get; init; }

    /// <summary>The client's last report on what we send; null before the first.</summary>
    public double? LostDown { get; init; }

    public TimeSpan? JitterDown { get; init; }

    public long SentBps { get; init; }

    public PictureReception? Picture { get; init; }

    /// <summary>Height of the best picture that anybody in the room may get.</summary>
    public int CanvasHeight { get; init; }

    public long ReceivedBps { get; init; }

    /// <summary>Packets that came, of all its streams.</summary>
    public long Received { get; init; }

    /// <summary>Packets that should have come.</summary>
    public long Expected { get; init; }

    public TimeSpan? JitterUp { get; init; }

    public SoundReception? Sound { get; init; }

    public SendHint? Hint { get; init; }

    public static QualityReading Of(RoomSession session)
    {
        var (leg, participant) = (session.Leg, session.Participant!);
        var (audio, video) = (leg.SendStreamOf(MediaPurpose.Audio), leg.SendStreamOf(MediaPurpose.Video));
        var reading = new QualityReading
        {
            RoundTrip = leg.MeasuredRoundTrip,
            Network = participant.Leg.Network,
            LostDown = IsReported(audio) || IsReported(video) ? Math.Max(audio?.FractionLost ?? 0, video?.FractionLost ?? 0) : null,
            JitterDown = IsReported(audio) ? audio!.Jitter : null,
            SentBps = leg.Rates.Outgoing(MediaPurpose.Audio) + leg.Rates.Outgoing(MediaPurpose.Video),
            Picture = participant.Picture,
            CanvasHeight = session.Room.Conference.CanvasHeight,
            Sound = participant.Sound,
            Hint = participant.SendHint,
        };
        foreach (var track in s_incoming)
        {
            if (leg.ReceiveStreamOf(track)?.Statistics is { } statistics)
            {
                reading = reading with
                {
                    ReceivedBps = reading.ReceivedBps + leg.Rates.Incoming(track),
                    Received = reading.Received + statistics.Received,
                    Expected = reading.Expected + statistics.Received + statistics.CumulativeLost,
                    JitterUp = reading.JitterUp ?? statistics.Jitter,
                };
            }
        }

        return reading;
    }

    private static bool IsReported(SendStream? stream) => stream is { LastReport.ExtendedHighestSequence: > 0 };
}
