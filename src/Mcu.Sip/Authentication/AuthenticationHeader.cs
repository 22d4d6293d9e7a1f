using System.Diagnostics.CodeAnalysis;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Authentication;

/// <summary>A challenge or credentials: a scheme and its parameters (RFC 3261 section 25.1).</summary>
internal sealed class AuthenticationHeader
{
    private const int MaxParameters = 32;
    private readonly Dictionary<string, string> _parameters = new(StringComparer.OrdinalIgnoreCase);

    private AuthenticationHeader(string scheme) => Scheme = scheme;

    public string Scheme { get; }

    public bool IsDigest => Scheme.Equals("Digest", StringComparison.OrdinalIgnoreCase);

    /// <summary>A parameter without its quotes; null where there is none.</summary>
    public string? this[string name] => _parameters.GetValueOrDefault(name);

    public static bool TryParse(string text, [NotNullWhen(true)] out AuthenticationHeader? header)
    {
        header = null;
        var reader = new FieldReader(text);
        if (!reader.TryToken(out var scheme))
        {
            return false;
        }

        var parsed = new AuthenticationHeader(scheme.ToString());
        reader.SkipSpace();
        if (!parsed.IsDigest)
        {
            header = parsed;
            return true;
        }

        do
        {
            if (!reader.TryToken(out var name) || !reader.TryTake('=') || parsed._parameters.Count == MaxParameters)
            {
                return false;
            }

            var value = reader.Peek == '"' ? default : reader.TakeUntil(", \t");
            if (
                (value.IsEmpty && !reader.TryQuoted(out value))
                || !parsed._parameters.TryAdd(name.ToString(), SipSyntax.Unquote(value.ToString()))
            )
            {
                return false;
            }
        } while (reader.TryTake(','));

        reader.SkipSpace();
        header = reader.IsEnd ? parsed : null;
        return header is not null;
    }
}
