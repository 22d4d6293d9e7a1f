using System.Security.Cryptography;
using System.Text;
using Mcu.Server.Configuration;

namespace Mcu.Server.Access;

/// <summary>Turns what a caller shows into what it may do.</summary>
public sealed class AccessGate(McuOptions options, JoinTokens tokens)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _apiKeyHash = options.ApiKey is null ? null : Hash(options.ApiKey);

    /// <summary>The grant behind an API key or join token; null when there is none.</summary>
    public async ValueTask<Grant?> AuthorizeAsync(string? credential)
    {
        if (options.IsOpen)
        {
            return Grant.Everything;
        }

        if (string.IsNullOrEmpty(credential))
        {
            return null;
        }

        // Hashes have one length, so the comparison tells nothing, not even how long the key is.
        if (_apiKeyHash is not null && CryptographicOperations.FixedTimeEquals(Hash(credential), _apiKeyHash))
        {
            return Grant.Everything;
        }

        return await tokens.ReadAsync(credential);
    }

    /// <summary>What a request shows: the Authorization header, or a token in the query.</summary>
    public static string? CredentialOf(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return header[Scheme.Length..].Trim();
        }

        return request.Query["token"] is [{ Length: > 0 } token] ? token : null;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
