using System.Text;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Mcu.Server.Access;

/// <summary>Join tokens: JWT (RFC 7519), HS256, with the claims room, role, exp, and perhaps name.</summary>
public sealed class JoinTokens
{
    private const string RoomClaim = "room";
    private const string NameClaim = "name";
    private const string RoleClaim = "role";

    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };
    private readonly TimeProvider _time;
    private readonly SymmetricSecurityKey? _key;
    private readonly TokenValidationParameters _rules;

    public JoinTokens(McuOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _key = options.TokenSecret is null ? null : new SymmetricSecurityKey(Encoding.UTF8.GetBytes(options.TokenSecret));
        _rules = new TokenValidationParameters
        {
            IssuerSigningKey = _key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidateIssuer = false,
            ValidateAudience = false,
            RequireExpirationTime = true,
            LifetimeValidator = IsInTime,
        };
    }

    /// <summary>Whether a secret is set, so that tokens can be made.</summary>
    public bool CanMint => _key is not null;

    /// <summary>Makes a token.</summary>
    /// <exception cref="InvalidOperationException">No secret is set (<see cref="CanMint"/>).</exception>
    public string Mint(string room, string? name, ParticipantRole role, DateTimeOffset expires)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [RoomClaim] = room,
            [RoleClaim] = role.ToString().ToLowerInvariant(),
        };
        if (name is not null)
        {
            claims[NameClaim] = name;
        }

        return _handler.CreateToken(
            new SecurityTokenDescriptor
            {
                Claims = claims,
                Expires = expires.UtcDateTime,
                SigningCredentials = new SigningCredentials(
                    _key ?? throw new InvalidOperationException("No token secret is set."),
                    SecurityAlgorithms.HmacSha256
                ),
            }
        );
    }

    /// <summary>What a token grants; null when it is not ours, has expired, or says nothing we know.</summary>
    public async ValueTask<Grant?> ReadAsync(string token)
    {
        if (_key is null)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(token, _rules);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt)
        {
            return null;
        }

        if (!Names.TryParseRoom(Claim(jwt, RoomClaim), out var room) || !TryRole(Claim(jwt, RoleClaim), out var role))
        {
            return null;
        }

        string? name = null;
        if (Claim(jwt, NameClaim) is { } text && !Names.TryParseDisplay(text, out name))
        {
            return null;
        }

        return new Grant(IsAdministrator: false, room, name, role);
    }

    private static bool TryRole(string? text, out ParticipantRole role)
    {
        (role, var known) = text switch
        {
            "host" => (ParticipantRole.Host, true),
            "guest" => (ParticipantRole.Guest, true),
            "viewer" => (ParticipantRole.Viewer, true),
            _ => (default, false),
        };
        return known;
    }

    private static string? Claim(JsonWebToken token, string name) => token.TryGetPayloadValue<string>(name, out var value) ? value : null;

    private bool IsInTime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters rules)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + ClockSkew && (notBefore is not { } start || now >= start - ClockSkew);
    }
}
