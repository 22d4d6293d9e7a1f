namespace Mcu.Sip.Messages;

/// <summary>Walks over one header field's value, which is on one line already.</summary>
internal ref struct FieldReader(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text;

    public readonly bool IsEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<char> Rest => _rest;

    /// <summary>The next character, or NUL at the end.</summary>
    public readonly char Peek => _rest.IsEmpty ? '\0' : _rest[0];

    public void SkipSpace() => _rest = _rest.TrimStart(" \t");

    /// <summary>Takes one character, with white space around it.</summary>
    public bool TryTake(char expected)
    {
        var trimmed = _rest.TrimStart(" \t");
        if (trimmed.IsEmpty || trimmed[0] != expected)
        {
            return false;
        }

        _rest = trimmed[1..].TrimStart(" \t");
        return true;
    }

    public ReadOnlySpan<char> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public bool TryToken(out ReadOnlySpan<char> token)
    {
        var end = 0;
        while (end < _rest.Length && SipSyntax.IsTokenChar(_rest[end]))
        {
            end++;
        }

        token = Take(end);
        return end > 0;
    }

    /// <summary>Takes up to one of the characters, or to the end.</summary>
    public ReadOnlySpan<char> TakeUntil(ReadOnlySpan<char> stops)
    {
        var end = _rest.IndexOfAny(stops);
        return Take(end < 0 ? _rest.Length : end);
    }

    /// <summary>Takes a quoted string, its quotes included (RFC 3261 section 25.1).</summary>
    public bool TryQuoted(out ReadOnlySpan<char> quoted)
    {
        quoted = default;
        var end = EndOfQuoted(_rest);
        if (end < 0)
        {
            return false;
        }

        quoted = Take(end);
        return true;
    }

    /// <summary>Where the quoted string at the start of a text ends, after its quote; -1 if it does not.</summary>
    public static int EndOfQuoted(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] != '"')
        {
            return -1;
        }

        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                return i + 1;
            }

            i += text[i] == '\\' ? 1 : 0;
        }

        return -1;
    }
}
