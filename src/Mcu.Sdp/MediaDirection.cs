namespace Mcu.Sdp;

/// <summary>The direction of a media section, as seen by whoever wrote the description (RFC 8866 section 6.7).</summary>
public enum MediaDirection
{
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

public static class MediaDirections
{
    public static MediaDirection From(bool sends, bool receives) =>
        (sends, receives) switch
        {
            (true, true) => MediaDirection.SendRecv,
            (true, false) => MediaDirection.SendOnly,
            (false, true) => MediaDirection.RecvOnly,
            _ => MediaDirection.Inactive,
        };

    public static bool Sends(this MediaDirection direction) => direction is MediaDirection.SendRecv or MediaDirection.SendOnly;

    public static bool Receives(this MediaDirection direction) => direction is MediaDirection.SendRecv or MediaDirection.RecvOnly;

    /// <summary>The same flow as seen from the other side.</summary>
    public static MediaDirection Reverse(this MediaDirection direction) => From(direction.Receives(), direction.Sends());

    public static string ToToken(this MediaDirection direction) =>
        direction switch
        {
            MediaDirection.SendRecv => "sendrecv",
            MediaDirection.SendOnly => "sendonly",
            MediaDirection.RecvOnly => "recvonly",
            _ => "inactive",
        };

    public static bool TryParse(ReadOnlySpan<char> token, out MediaDirection direction)
    {
        switch (token)
        {
            case "sendrecv":
                direction = MediaDirection.SendRecv;
                return true;
            case "sendonly":
                direction = MediaDirection.SendOnly;
                return true;
            case "recvonly":
                direction = MediaDirection.RecvOnly;
                return true;
            case "inactive":
                direction = MediaDirection.Inactive;
                return true;
            default:
                direction = default;
                return false;
        }
    }
}
