using System.Globalization;
using Mcu.Sdp.Parsing;

namespace Mcu.Sdp;

/// <summary>The parameters of one payload format as in <c>a=fmtp</c>: <c>name=value;name=value</c> (RFC 8866 section 6.15).</summary>
public sealed record FormatParameters(string Text)
{
    public static readonly FormatParameters None = new("");

    public bool IsEmpty => Text.Length == 0;

    /// <summary>The value of a parameter, or null; names compare without case.</summary>
    public string? Value(string name)
    {
        var parts = new TokenReader(Text, ';');
        while (parts.TryNext(out var part))
        {
            var equals = part.IndexOf('=');
            var key = equals < 0 ? part : part[..equals];
            if (key.Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return equals < 0 ? "" : part[(equals + 1)..].Trim().ToString();
            }
        }

        return null;
    }

    /// <summary>A parameter that is a non-negative number, or null where it is missing or is not one.</summary>
    public int? Number(string name) =>
        int.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Whether a 0-or-1 parameter is 1.</summary>
    public bool Flag(string name) => Number(name) == 1;

    public override string ToString() => Text;
}
