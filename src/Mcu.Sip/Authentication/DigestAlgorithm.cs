using System.Security.Cryptography;
using System.Text;

namespace Mcu.Sip.Authentication;

/// <summary>The hash of Digest authentication (RFC 7616, RFC 8760).</summary>
public enum DigestAlgorithm
{
    Md5,
    Sha256,
}

/// <summary>The arithmetic of Digest authentication; quality of protection is "auth", the body is not covered.</summary>
internal static class DigestMath
{
    public static string NameOf(DigestAlgorithm algorithm) => algorithm == DigestAlgorithm.Md5 ? "MD5" : "SHA-256";

    /// <summary>MD5 where nothing is said; "-sess" makes the session's key of nonce and cnonce.</summary>
    public static bool TryParse(string? name, out DigestAlgorithm algorithm, out bool isSession)
    {
        isSession = name is not null && name.EndsWith("-sess", StringComparison.OrdinalIgnoreCase);
        var hash = isSession ? name![..^5] : name ?? "MD5";
        algorithm = hash.Equals("SHA-256", StringComparison.OrdinalIgnoreCase) ? DigestAlgorithm.Sha256 : DigestAlgorithm.Md5;
        return algorithm == DigestAlgorithm.Sha256 || hash.Equals("MD5", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>H(text) in lower-case hexadecimal digits.</summary>
    public static string Hash(DigestAlgorithm algorithm, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Convert.ToHexStringLower(algorithm == DigestAlgorithm.Md5 ? MD5.HashData(bytes) : SHA256.HashData(bytes));
    }

    /// <summary>The response of RFC 7616 section 3.4.1; with <paramref name="qop"/> null that of RFC 2069.</summary>
    public static string Response(
        DigestAlgorithm algorithm,
        bool isSession,
        string secret,
        string method,
        string uri,
        string nonce,
        string? qop,
        string count,
        string cnonce
    )
    {
        // secret = H(user:realm:password)
        var a1 = isSession ? Hash(algorithm, $"{secret}:{nonce}:{cnonce}") : secret;
        var a2 = Hash(algorithm, $"{method}:{uri}");
        return Hash(algorithm, qop is null ? $"{a1}:{nonce}:{a2}" : $"{a1}:{nonce}:{count}:{cnonce}:{qop}:{a2}");
    }

    public static string Secret(DigestAlgorithm algorithm, string user, string realm, string password) =>
        Hash(algorithm, $"{user}:{realm}:{password}");
}
