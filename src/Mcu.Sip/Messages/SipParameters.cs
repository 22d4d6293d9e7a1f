using System.Buffers;
using System.Collections;
using System.Text;

namespace Mcu.Sip.Messages;

/// <summary>The parameters <c>;name=value</c> of a URI or header field in their order. Names compare without regard to case.</summary>
public sealed class SipParameters : IEnumerable<KeyValuePair<string, string?>>
{
    /// <summary>Most parameters taken of one element.</summary>
    public const int MaxCount = 64;

    private static readonly SearchValues<char> s_notInUri = SearchValues.Create(" \t\"<>@");

    private readonly List<KeyValuePair<string, string?>> _items = [];

    public int Count => _items.Count;

    public bool Has(string name) => IndexOf(name) >= 0;

    /// <summary>The value without its quotes; null where there is none, or no such parameter.</summary>
    public string? Get(string name)
    {
        var index = IndexOf(name);
        return index >= 0 && _items[index].Value is { } value ? SipSyntax.Unquote(value) : null;
    }

    /// <summary>Sets a parameter; the value is written as it is, so whoever sets one that is not a token quotes it.</summary>
    public SipParameters Set(string name, string? value = null)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            _items[index] = new(name, value);
        }
        else
        {
            _items.Add(new(name, value));
        }

        return this;
    }

    public bool Remove(string name)
    {
        var index = IndexOf(name);
        if (index >= 0)
        {
            _items.RemoveAt(index);
        }

        return index >= 0;
    }

    public SipParameters Copy()
    {
        var copy = new SipParameters();
        copy._items.AddRange(_items);
        return copy;
    }

    public IEnumerator<KeyValuePair<string, string?>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _items)
        {
            text.Append(';').Append(name);
            if (value is not null)
            {
                text.Append('=').Append(value);
            }
        }

        return text.ToString();
    }

    /// <summary>Reads parameters of a header field: SEMI and EQUAL may have white space around them, values may be quoted.</summary>
    internal static bool TryRead(ref FieldReader reader, SipParameters into)
    {
        while (reader.TryTake(';'))
        {
            if (!reader.TryToken(out var name) || into.Count == MaxCount)
            {
                return false;
            }

            var key = name.ToString();
            if (!reader.TryTake('='))
            {
                into._items.Add(new(key, null));
                continue;
            }

            ReadOnlySpan<char> value;
            if (reader.Peek == '"')
            {
                if (!reader.TryQuoted(out value))
                {
                    return false;
                }
            }
            else
            {
                // gen-value = token / host: more than a token's characters are seen in the wild, and do no harm.
                value = reader.TakeUntil(" \t;,\"<>");
            }

            if (value.IsEmpty)
            {
                return false;
            }

            into._items.Add(new(key, value.ToString()));
        }

        reader.SkipSpace();
        return true;
    }

    /// <summary>Reads parameters of a URI: no white space, everything escaped (RFC 3261 section 19.1.1).</summary>
    internal static bool TryReadUri(ReadOnlySpan<char> text, SipParameters into)
    {
        while (!text.IsEmpty)
        {
            text = text[1..];
            var end = text.IndexOf(';');
            var item = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[end..];
            var equal = item.IndexOf('=');
            var name = equal < 0 ? item : item[..equal];
            if (name.IsEmpty || into.Count == MaxCount || !SipSyntax.HasWholeEscapes(item) || item.ContainsAny(s_notInUri))
            {
                return false;
            }

            into._items.Add(new(name.ToString(), equal < 0 ? null : item[(equal + 1)..].ToString()));
        }

        return true;
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            if (_items[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }
}
