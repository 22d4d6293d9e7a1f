using Mcu.Conference.Audio;
using Mcu.Conference.Legs;
using Mcu.Media;

namespace Mcu.Conference.Video;

/// <summary>
/// Keeps one participant's lips with his sound. Sender reports (RFC 3550 section 6.4.1) put both streams on the sender's clock;
/// the sound that is mixed now tells how far the mix runs behind that clock, and a picture is shown when the mix reaches it.
/// Where the picture is the later one, the sound is held back, within a limit.
/// </summary>
internal sealed class LipSync
{
    /// <summary>No picture waits longer for its sound, and no sound for its picture.</summary>
    private static readonly TimeSpan MaxHold = TimeSpan.FromMilliseconds(400);

    /// <summary>Sender reports that part the streams by more contradict each other: better out of step than frozen.</summary>
    private static readonly TimeSpan MaxApart = TimeSpan.FromSeconds(2);

    /// <summary>A pause of the talker, or of his pictures, changes nothing for so long.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(2);

    /// <summary>Per tick of 20 ms the pictures come no more than this nearer to their sound: a fifth slower or faster is not seen, a freeze is.</summary>
    private static readonly TimeSpan MaxStep = TimeSpan.FromMilliseconds(4);

    private MediaTime _soundAt = new(long.MinValue / 2);
    private MediaTime _pictureAt = new(long.MinValue / 2);
    private TimeSpan _soundBehind;
    private TimeSpan _soundBehindUnheld;
    private TimeSpan _pictureBehind;

    /// <summary>Notes what is mixed, and holds the sound back as far as its pictures need.</summary>
    /// <param name="next">Place on the room's clock of the sample that is mixed next.</param>
    public void OnTick(AudioSource source, MediaTime next)
    {
        if (!source.TryGetPlayout(out var captured))
        {
            return;
        }

        var behind = TimeSpan.FromTicks(next.Ticks - captured);
        var unheld = behind - source.DelayBeyondJitter;
        var seesPictures = next - _pictureAt < Memory;
        if (next - _soundAt >= Memory)
        {
            // Pictures have gone ahead without sound: from there they are brought to it.
            _soundBehind = seesPictures && _pictureBehind < behind && behind - _pictureBehind < MaxApart ? _pictureBehind : behind;
            _soundBehindUnheld = unheld;
        }

        // The delay moves with the jitter buffer; slow averages keep pictures from stuttering with it.
        var step = (behind - _soundBehind) / 8;
        _soundBehind += TimeSpan.FromTicks(Math.Clamp(step.Ticks, -MaxStep.Ticks, MaxStep.Ticks));
        _soundBehindUnheld += (unheld - _soundBehindUnheld) / 8;
        _soundAt = next;

        var needed = seesPictures ? _pictureBehind - _soundBehindUnheld : TimeSpan.Zero;
        source.HoldFor(needed > MaxApart ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Clamp(needed.Ticks, 0, MaxHold.Ticks)));
    }

    /// <summary>When the picture with this RTP timestamp (90 kHz), there since <paramref name="now"/>, is to be shown; at once where nothing speaks against it.</summary>
    public MediaTime DueTime(VideoSource source, uint rtpTimestamp, MediaTime now)
    {
        if (!source.Clock.TryToSenderTicks(rtpTimestamp, out var captured))
        {
            return now;
        }

        if (source.Role == TrackRole.Camera)
        {
            NotePicture(TimeSpan.FromTicks(now.Ticks - captured), now);
        }

        var due = new MediaTime(captured) + _soundBehind;
        var isKnown = now - _soundAt < Memory && (now - due).Duration() < MaxApart;
        return isKnown ? MediaTime.Min(due, now + MaxHold) : now;
    }

    /// <summary>Late pictures weigh more than early ones, for these can wait.</summary>
    private void NotePicture(TimeSpan behind, MediaTime now)
    {
        var step = behind - _pictureBehind;
        var isKnown = now - _pictureAt < Memory;
        _pictureBehind = isKnown ? _pictureBehind + (step / (step > TimeSpan.Zero ? 8 : 64)) : behind;
        _pictureAt = now;
    }
}
