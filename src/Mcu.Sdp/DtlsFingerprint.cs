namespace Mcu.Sdp;

/// <summary>The hash of a certificate (RFC 8122 section 5).</summary>
/// <param name="Algorithm">Lower case, e.g. <c>sha-256</c>.</param>
/// <param name="Value">Upper-case hexadecimal bytes separated by colons.</param>
public sealed record DtlsFingerprint(string Algorithm, string Value)
{
    private const int MaxBytes = 64;

    public static DtlsFingerprint FromDigest(string algorithm, ReadOnlySpan<byte> digest) =>
        new(algorithm, string.Join(':', Convert.ToHexString(digest).Chunk(2).Select(pair => new string(pair))));

    /// <summary>Parses <c>sha-256 AB:CD:…</c>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DtlsFingerprint? fingerprint)
    {
        fingerprint = null;
        text = text.Trim();
        var space = text.IndexOf(' ');
        if (space is <= 0 or > 16)
        {
            return false;
        }

        var hex = text[(space + 1)..].Trim();
        if (hex.Length % 3 != 2 || hex.Length > MaxBytes * 3)
        {
            return false;
        }

        for (var i = 0; i < hex.Length; i++)
        {
            if (i % 3 == 2 ? hex[i] != ':' : !char.IsAsciiHexDigit(hex[i]))
            {
                return false;
            }
        }

        fingerprint = new DtlsFingerprint(text[..space].ToString().ToLowerInvariant(), hex.ToString().ToUpperInvariant());
        return true;
    }

    /// <summary>Whether the digest of a certificate is this one.</summary>
    public bool Matches(ReadOnlySpan<byte> digest)
    {
        if (Value.Length != (digest.Length * 3) - 1)
        {
            return false;
        }

        var equal = true;
        for (var i = 0; i < digest.Length; i++)
        {
            equal &= Convert.ToHexString(digest.Slice(i, 1)) == Value.Substring(i * 3, 2);
        }

        return equal;
    }

    public override string ToString() => $"{Algorithm} {Value}";
}
