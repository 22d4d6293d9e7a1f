namespace Mcu.Sdp.Parsing;

/// <summary>Walks over the lines of a description; CRLF as RFC 8866 section 5 wants, and lone LF, which is common.</summary>
internal ref struct LineReader(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    /// <summary>1-based number of the line read last.</summary>
    public int Number { get; private set; }

    /// <summary>The next line that is not empty, split into its type and value; false at the end or where the line is no <c>x=value</c>.</summary>
    public bool TryNext(out char type, out ReadOnlySpan<char> value, out SdpError? error)
    {
        error = null;
        type = default;
        value = default;
        while (!_rest.IsEmpty)
        {
            var end = _rest.IndexOf('\n');
            var line = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? [] : _rest[(end + 1)..];
            Number++;
            line = line.TrimEnd('\r');
            if (line.IsEmpty)
            {
                continue;
            }

            if (line.Length < 2 || line[1] != '=' || !char.IsAsciiLetterLower(line[0]))
            {
                error = new SdpError(Number, "each line must be one lower-case letter, '=', and a value.");
                return false;
            }

            if (line.ContainsAnyInRange('\0', '\u0008') || line.Contains('\r'))
            {
                error = new SdpError(Number, "control characters are not allowed; end lines with CRLF.");
                return false;
            }

            type = line[0];
            value = line[2..];
            return true;
        }

        return false;
    }
}
