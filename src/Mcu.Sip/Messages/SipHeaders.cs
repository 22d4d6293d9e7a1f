using System.Collections;

namespace Mcu.Sip.Messages;

/// <summary>One header row: its full name, and its value on one line without white space around it.</summary>
public readonly record struct SipHeader(string Name, string Value);

/// <summary>The header rows of a message in their order. Names compare without regard to case.</summary>
public sealed class SipHeaders : IEnumerable<SipHeader>
{
    private readonly List<SipHeader> _rows = [];

    public int Count => _rows.Count;

    /// <summary>The first row's value; null where there is none.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var row in _rows)
            {
                if (Is(row, name))
                {
                    return row.Value;
                }
            }

            return null;
        }
    }

    public bool Has(string name) => this[name] is not null;

    /// <exception cref="ArgumentException">The value has a line end in it, which would begin another header.</exception>
    public SipHeaders Add(string name, string value)
    {
        _rows.Add(Row(name, value));
        return this;
    }

    /// <summary>Puts a row before all others, as Via wants it.</summary>
    public void AddFirst(string name, string value) => _rows.Insert(0, Row(name, value));

    /// <summary>Replaces the first row of that name, or adds one.</summary>
    public SipHeaders Set(string name, string value)
    {
        var row = Row(name, value);
        var index = _rows.FindIndex(other => Is(other, name));
        if (index >= 0)
        {
            _rows[index] = row;
        }
        else
        {
            _rows.Add(row);
        }

        return this;
    }

    /// <summary>Removes all rows of that name.</summary>
    public void Remove(string name) => _rows.RemoveAll(row => Is(row, name));

    public IEnumerable<string> Rows(string name)
    {
        foreach (var row in _rows)
        {
            if (Is(row, name))
            {
                yield return row.Value;
            }
        }
    }

    public int CountOf(string name) => Rows(name).Count();

    /// <summary>The elements of a comma-separated list over all its rows (RFC 3261 section 7.3.1).</summary>
    public IEnumerable<string> Elements(string name) => Rows(name).SelectMany(Split);

    /// <summary>Whether a list of tokens, such as Supported, has this one.</summary>
    public bool HasToken(string name, string token) =>
        Elements(name).Any(element => element.Equals(token, StringComparison.OrdinalIgnoreCase));

    /// <summary>Replaces the first element of a list in its first row.</summary>
    internal void SetFirstElement(string name, string element)
    {
        var row = this[name] ?? "";
        var end = EndOfElement(row, 0);
        Set(name, end < row.Length ? $"{element}, {row[(end + 1)..].TrimStart()}" : element);
    }

    public IEnumerator<SipHeader> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Splits at commas that are neither in a quoted string nor in angle brackets. An empty element stays one.</summary>
    internal static IEnumerable<string> Split(string value)
    {
        for (var start = 0; start <= value.Length; )
        {
            var end = EndOfElement(value, start);
            var element = value.AsSpan(start, end - start).Trim(" \t").ToString();
            if (element.Length > 0 || end < value.Length || start > 0)
            {
                yield return element;
            }

            start = end + 1;
        }
    }

    private static int EndOfElement(string value, int start)
    {
        var bracketed = false;
        for (var i = start; i < value.Length; i++)
        {
            switch (value[i])
            {
                case '"' when !bracketed:
                    var length = FieldReader.EndOfQuoted(value.AsSpan(i));
                    i = length < 0 ? value.Length : i + length - 1;
                    break;
                case '<':
                    bracketed = true;
                    break;
                case '>':
                    bracketed = false;
                    break;
                case ',' when !bracketed:
                    return i;
                default:
                    break;
            }
        }

        return value.Length;
    }

    private static SipHeader Row(string name, string value) =>
        value.AsSpan().ContainsAny('\r', '\n')
            ? throw new ArgumentException("A header's value is on one line.", nameof(value))
            : new SipHeader(HeaderNames.Canonical(name), value);

    private static bool Is(SipHeader row, string name) => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
