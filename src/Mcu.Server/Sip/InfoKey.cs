using System.Text;
using Mcu.Sip.Messages;

namespace Mcu.Server.Sip;

/// <summary>A key in the body of an INFO: <c>Signal=5</c> in application/dtmf-relay, or the key alone in application/dtmf.</summary>
internal static class InfoKey
{
    private const int MaxLength = 256;

    public static bool TryRead(string contentType, ReadOnlySpan<byte> body, out char key)
    {
        key = default;
        if (body.Length > MaxLength)
        {
            return false;
        }

        var text = Encoding.ASCII.GetString(body);
        if (SipBody.IsType(contentType, "application/dtmf"))
        {
            return IsKey(text.Trim(), out key);
        }

        foreach (var line in text.Split('\n'))
        {
            var parts = line.Split('=', 2);
            if (parts.Length == 2 && parts[0].Trim().Equals("Signal", StringComparison.OrdinalIgnoreCase))
            {
                return IsKey(parts[1].Trim(), out key);
            }
        }

        return false;
    }

    /// <summary>Some phones give the number of the event (RFC 4733) for star and hash.</summary>
    private static bool IsKey(string text, out char key)
    {
        key = text switch
        {
            "10" => '*',
            "11" => '#',
            [var single] => char.ToUpperInvariant(single),
            _ => default,
        };
        return key is (>= '0' and <= '9') or '*' or '#' or (>= 'A' and <= 'D');
    }
}
