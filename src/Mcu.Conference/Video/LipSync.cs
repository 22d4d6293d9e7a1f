using Mcu.Conference.Audio;
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

    /// <summary>A picture may be so much later than its sound before the sound is held back (ITU-R BT.1359: 40 ms are not seen).</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(20);

    private TimeSpan _mixBehindSender;
    private bool _known;
    private TimeSpan _soundHold;

    /// <summary>How late the last picture was against its sound; negative while pictures wait.</summary>
    public TimeSpan PictureLate { get; private set; }

    /// <summary>Notes which sample is mixed at <paramref name="now"/>.</summary>
    public void OnTick(AudioSource source, MediaTime now)
    {
        if (!source.TryGetPlayout(out var captured))
        {
            _known = false;
            return;
        }

        var behind = TimeSpan.FromTicks(now.Ticks - captured);
        // The delay moves with the jitter buffer; a slow average keeps pictures from stuttering with it.
        _mixBehindSender = _known ? _mixBehindSender + ((behind - _mixBehindSender) / 8) : behind;
        _known = true;
        source.HoldFor(_soundHold);
    }

    /// <summary>When the picture with this RTP timestamp (90 kHz) is to be shown; <paramref name="now"/> where nothing speaks against it.</summary>
    public MediaTime DueTime(VideoSource source, uint rtpTimestamp, MediaTime now)
    {
        if (!_known || !source.Clock.TryToSenderTicks(rtpTimestamp, out var captured))
        {
            return now;
        }

        var due = new MediaTime(captured) + _mixBehindSender;
        var late = now - due;
        if (late.Duration() > TimeSpan.FromSeconds(2))
        {
            // Sender reports that contradict each other: better out of step than frozen.
            return now;
        }

        PictureLate = late;
        AdjustSound(late);
        return due - now > MaxHold ? now + MaxHold : due;
    }

    /// <summary>A late picture holds the sound back by a sixteenth of the excess per frame; a picture in time lets it go again, slowly.</summary>
    private void AdjustSound(TimeSpan late)
    {
        var step = late > Tolerance ? (late - Tolerance) / 16 : TimeSpan.FromMilliseconds(late < Tolerance / 2 ? -0.2 : 0);
        _soundHold = TimeSpan.FromTicks(Math.Clamp((_soundHold + step).Ticks, 0, MaxHold.Ticks));
    }
}
