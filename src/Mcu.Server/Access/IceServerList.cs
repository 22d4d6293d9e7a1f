using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Mcu.Server.Configuration;

namespace Mcu.Server.Access;

/// <summary>A STUN or TURN server as RTCPeerConnection takes it.</summary>
public sealed record IceServer(
    IReadOnlyList<string> Urls,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Username,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Credential
);

/// <summary>The ICE servers handed to clients, with credentials that end by themselves (TURN REST API, as coturn's use-auth-secret).</summary>
public sealed class IceServerList(McuOptions options, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>Servers for one participant.</summary>
    public IReadOnlyList<IceServer> For(string participantId)
    {
        var turn = options.IceServers.Where(IsTurn).ToList();
        var servers = new List<IceServer>();
        if (options.IceServers.Except(turn).ToList() is { Count: > 0 } stun)
        {
            servers.Add(new IceServer(stun, null, null));
        }

        if (turn.Count > 0 && options.TurnSecret is { } secret)
        {
            var expires = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds();
            var username = string.Create(CultureInfo.InvariantCulture, $"{expires}:{participantId}");
            servers.Add(new IceServer(turn, username, Sign(secret, username)));
        }

        return servers;
    }

    /// <summary>The same as Link headers (RFC 9725 section 4.6).</summary>
    public IEnumerable<string> LinksFor(string participantId) =>
        from server in For(participantId)
        from url in server.Urls
        select server.Username is null
            ? $"<{url}>; rel=\"ice-server\""
            : $"<{url}>; rel=\"ice-server\"; username=\"{server.Username}\"; credential=\"{server.Credential}\"; credential-type=\"password\"";

    private static bool IsTurn(string url) => url.StartsWith("turn", StringComparison.OrdinalIgnoreCase);

    [SuppressMessage("Security", "CA5350", Justification = "TURN servers expect HMAC-SHA1 here.")]
    private static string Sign(string secret, string username) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username)));
}
