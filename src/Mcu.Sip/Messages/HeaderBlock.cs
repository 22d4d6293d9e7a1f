using System.Text;

namespace Mcu.Sip.Messages;

/// <summary>The lines before the body: start line and header rows, folded lines joined (RFC 3261 section 7.3.1).</summary>
internal readonly ref struct HeaderBlock
{
    private HeaderBlock(string startLine, SipHeaders headers, int length)
    {
        StartLine = startLine;
        Headers = headers;
        Length = length;
    }

    public string StartLine { get; }

    public SipHeaders Headers { get; }

    /// <summary>Bytes up to the body.</summary>
    public int Length { get; }

    /// <summary>Reads lines up to the empty one. Lines end with CRLF; a lone LF is taken for one, a lone CR is nobody's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out HeaderBlock block, out string? error)
    {
        var headers = new SipHeaders();
        var row = new StringBuilder();
        string? startLine = null;
        var offset = 0;
        error = null;
        while (error is null)
        {
            var end = bytes[offset..].IndexOf((byte)'\n');
            if (end < 0 || offset + end > SipMessage.MaxHeaderLength)
            {
                error = end < 0 ? "No empty line ends the headers" : "Headers too long";
                break;
            }

            var line = bytes.Slice(offset, end);
            line = line.EndsWith("\r"u8) ? line[..^1] : line;
            offset += end + 1;
            if (line.Contains((byte)'\r'))
            {
                error = "A line end within a line";
            }
            else if (startLine is null)
            {
                startLine = WireText.FromBytes(line);
            }
            else if (!line.IsEmpty && line[0] is (byte)' ' or (byte)'\t')
            {
                // A line that begins with white space goes on with the one before.
                error = row.Length == 0 ? "A folded line follows the start line" : null;
                row.Append(' ').Append(WireText.FromBytes(line).AsSpan().Trim(" \t"));
            }
            else
            {
                error = row.Length == 0 ? null : AddRow(headers, row.ToString());
                row.Clear().Append(WireText.FromBytes(line));
                if (line.IsEmpty)
                {
                    break;
                }
            }
        }

        block = new HeaderBlock(startLine ?? "", headers, offset);
        return error is null;
    }

    private static string? AddRow(SipHeaders headers, string row)
    {
        if (headers.Count == SipMessage.MaxHeaderRows)
        {
            return "Too many header rows";
        }

        var colon = row.IndexOf(':', StringComparison.Ordinal);
        var name = row.AsSpan(0, Math.Max(colon, 0)).TrimEnd(" \t");
        if (!SipSyntax.IsToken(name))
        {
            return "Malformed header row";
        }

        headers.Add(HeaderNames.Canonical(name), row.AsSpan(colon + 1).Trim(" \t").ToString());
        return null;
    }
}
