namespace Mcu.Sdp.Parsing;

/// <summary>Walks over the parts of one line, separated by single or repeated spaces (or another separator).</summary>
internal ref struct TokenReader(ReadOnlySpan<char> text, char separator = ' ')
{
    private ReadOnlySpan<char> _rest = text;

    /// <summary>What has not been read yet, without separators in front.</summary>
    public readonly ReadOnlySpan<char> Rest => _rest.TrimStart(separator);

    /// <summary>The next part, never empty; false at the end.</summary>
    public bool TryNext(out ReadOnlySpan<char> token)
    {
        _rest = _rest.TrimStart(separator);
        var end = _rest.IndexOf(separator);
        token = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? [] : _rest[(end + 1)..];
        return !token.IsEmpty;
    }
}
