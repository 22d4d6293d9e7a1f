using Mcu.Conference;
using Mcu.Media;

namespace Mcu.Server.Rooms.Quality;

/// <summary>
/// What one sender is asked for: more at once, so that who becomes large is sharp at once; less only when less has been of use for a while,
/// so that a lively discussion does not make everybody's encoder start over with each word. Pure; belongs to the room's writer.
/// </summary>
internal sealed class SenderShaping
{
    /// <summary>How long less must have been of use.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private SendHint? _wanted;

    /// <summary>What the sender was asked for last.</summary>
    public SendHint? InForce { get; private set; }

    /// <summary>When <see cref="Update"/> has something to do.</summary>
    public MediaTime Deadline { get; private set; } = MediaTime.Never;

    public void Want(SendHint hint, MediaTime now)
    {
        _wanted = hint;
        if (InForce is not { } inForce || hint.Exceeds(inForce))
        {
            Deadline = now;
        }
        else if (hint == inForce)
        {
            Deadline = MediaTime.Never;
        }
        else
        {
            Deadline = MediaTime.Min(Deadline, now + Patience);
        }
    }

    /// <summary>True where the sender is to be asked anew for <see cref="InForce"/>.</summary>
    public bool Update(MediaTime now)
    {
        if (Deadline > now)
        {
            return false;
        }

        Deadline = MediaTime.Never;
        InForce = _wanted;
        return true;
    }

    /// <summary>Whether the sender heard is not sure: it is asked again.</summary>
    public void Repeat(MediaTime now) => Deadline = _wanted is null ? MediaTime.Never : now;
}
