using System.Text;
using Mcu.Sdp;

namespace Mcu.Sip.Messages;

public enum SdpPresence
{
    None,
    Present,

    /// <summary>There is a body that we cannot read, and that must be understood.</summary>
    UnknownType,

    /// <summary>It says that it is SDP, and is not.</summary>
    Malformed,
}

/// <summary>Finds the session description in a body: alone, or as a part of multipart (RFC 5621).</summary>
public static class SipBody
{
    public const string Sdp = "application/sdp";
    private const int MaxParts = 16;

    /// <summary>Puts a session description into a message.</summary>
    public static void SetSdp(this SipMessage message, SessionDescription description)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(description);
        message.SetBody(Sdp, Encoding.UTF8.GetBytes(description.ToString()));
    }

    public static SdpPresence TryReadSdp(this SipMessage message, out SessionDescription? description, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(message);
        description = null;
        problem = null;
        if (message.Body.IsEmpty)
        {
            return SdpPresence.None;
        }

        var type = message.ContentType ?? "";
        if (IsType(type, Sdp))
        {
            return Read(message.Body.Span, out description, out problem);
        }

        if (IsType(type, "multipart/mixed") || IsType(type, "multipart/alternative"))
        {
            var presence = SdpPresence.None;
            foreach (var (headers, content) in Parts(message))
            {
                if (IsType(headers[HeaderNames.ContentType] ?? "text/plain", Sdp))
                {
                    presence = Read(content.Span, out description, out problem);
                    break;
                }
            }

            return presence;
        }

        // A body that may be ignored says so (RFC 3261 section 20.11).
        var disposition = message.Headers["Content-Disposition"] ?? "";
        return disposition.Contains("handling=optional", StringComparison.OrdinalIgnoreCase) ? SdpPresence.None : SdpPresence.UnknownType;
    }

    /// <summary>Whether a Content-Type is of this type, whatever its parameters.</summary>
    public static bool IsType(string contentType, string type)
    {
        ArgumentNullException.ThrowIfNull(contentType);
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        return contentType
            .AsSpan(0, semicolon < 0 ? contentType.Length : semicolon)
            .Trim()
            .Equals(type, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The parts of a multipart body (RFC 2046 section 5.1.1).</summary>
    internal static IReadOnlyList<(SipHeaders Headers, ReadOnlyMemory<byte> Content)> Parts(SipMessage message)
    {
        var parts = new List<(SipHeaders, ReadOnlyMemory<byte>)>();
        var reader = new FieldReader(message.ContentType);
        reader.TakeUntil(";");
        var parameters = new SipParameters();
        if (!SipParameters.TryRead(ref reader, parameters) || parameters.Get("boundary") is not { Length: > 0 and <= 70 } boundary)
        {
            return parts;
        }

        // The first delimiter may stand at the very start; all others follow a line end, which is theirs.
        var delimiter = WireText.ToBytes("\r\n--" + boundary);
        var rest = message.Body;
        var start = rest.Span.StartsWith(delimiter.AsSpan(2)) ? delimiter.Length - 2 : EndOf(rest.Span, delimiter);
        while (start > 0 && parts.Count < MaxParts)
        {
            rest = rest[start..];
            var lineEnd = rest.Span.IndexOf("\r\n"u8);
            if (rest.Span.StartsWith("--"u8) || lineEnd < 0)
            {
                break;
            }

            rest = rest[lineEnd..];
            var end = rest.Span.IndexOf(delimiter);
            if (end < 0)
            {
                break;
            }

            AddPart(parts, rest[..end]);
            start = end + delimiter.Length;
        }

        return parts;
    }

    private static int EndOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> delimiter) =>
        text.IndexOf(delimiter) is var at and >= 0 ? at + delimiter.Length : -1;

    // Begins with the line end of the delimiter, which stands in for the start line that a part does not have.
    private static void AddPart(List<(SipHeaders, ReadOnlyMemory<byte>)> parts, ReadOnlyMemory<byte> part)
    {
        if (HeaderBlock.TryRead(part.Span, out var block, out _))
        {
            parts.Add((block.Headers, part[block.Length..]));
        }
    }

    private static SdpPresence Read(ReadOnlySpan<byte> body, out SessionDescription? description, out string? problem)
    {
        var isRead = SessionDescription.TryParse(Encoding.UTF8.GetString(body), out description, out var error);
        problem = error?.ToString();
        return isRead ? SdpPresence.Present : SdpPresence.Malformed;
    }
}
