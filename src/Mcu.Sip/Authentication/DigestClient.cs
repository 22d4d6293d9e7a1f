using System.Globalization;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Authentication;

/// <summary>Answers the challenges of one request and its repetitions (RFC 3261 section 22.2, RFC 8760).</summary>
internal sealed class DigestClient(SipCredentials credentials, IRandomSource random)
{
    // The first try, one for each of a server and a proxy, and one for each nonce that had expired meanwhile.
    private const int MaxAttempts = 4;

    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);
    private int _attempts;

    /// <summary>
    /// Puts credentials for the challenges of a 401 or 407 into the request that is sent next. False if there is none that we can answer, or
    /// what we answered was refused.
    /// </summary>
    public bool TryAnswer(SipResponse challenge, SipRequest next)
    {
        if (++_attempts > MaxAttempts)
        {
            return false;
        }

        var answered = false;
        foreach (var (from, to) in s_headers)
        {
            foreach (var realm in Challenges(challenge, from).GroupBy(header => header["realm"], StringComparer.Ordinal))
            {
                // The server's order is its preference: the first that we know.
                var chosen = realm.FirstOrDefault(IsAnswerable);
                if (chosen is null || !MayAnswer(chosen, from))
                {
                    continue;
                }

                RemoveFor(next, to, realm.Key!);
                if (DigestMath.TryParse(chosen["algorithm"], out var algorithm, out var isSession))
                {
                    next.Headers.Add(to, Write(chosen, algorithm, isSession, next));
                    answered = true;
                }
            }
        }

        return answered;
    }

    private static readonly (string From, string To)[] s_headers =
    [
        (HeaderNames.WwwAuthenticate, HeaderNames.Authorization),
        (HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization),
    ];

    private static IEnumerable<AuthenticationHeader> Challenges(SipResponse response, string name)
    {
        foreach (var row in response.Headers.Rows(name))
        {
            if (AuthenticationHeader.TryParse(row, out var header) && header.IsDigest)
            {
                yield return header;
            }
        }
    }

    private bool IsAnswerable(AuthenticationHeader challenge) =>
        challenge["realm"] is { } realm
        && (credentials.Realm is null || credentials.Realm == realm)
        && challenge["nonce"] is not null
        && DigestMath.TryParse(challenge["algorithm"], out _, out _)
        && (challenge["qop"] is not { } qop || HasAuth(qop));

    /// <summary>The same realm again means a wrong password, unless it says that only the nonce was old.</summary>
    private bool MayAnswer(AuthenticationHeader challenge, string from)
    {
        var isStale = string.Equals(challenge["stale"], "true", StringComparison.OrdinalIgnoreCase);
        return _answered.Add($"{from}|{challenge["realm"]}") || isStale;
    }

    private string Write(AuthenticationHeader challenge, DigestAlgorithm algorithm, bool isSession, SipRequest request)
    {
        var (realm, nonce) = (challenge["realm"]!, challenge["nonce"]!);
        var qop = challenge["qop"] is null ? null : "auth";
        var uri = request.Uri.ToString();
        var cnonce = random.NextToken(16);
        const string Count = "00000001";
        var secret = DigestMath.Secret(algorithm, credentials.UserName, WireText.ToText(realm), credentials.Password);
        var response = DigestMath.Response(algorithm, isSession, secret, request.Method, uri, nonce, qop, Count, cnonce);
        var user = SipSyntax.Quote(WireText.FromText(credentials.UserName));
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"Digest username={user}, realm={SipSyntax.Quote(realm)}, nonce={SipSyntax.Quote(nonce)}, uri=\"{uri}\", response=\"{response}\""
        );
        text += challenge["algorithm"] is { } name ? $", algorithm={name}" : "";
        text += challenge["opaque"] is { } opaque ? $", opaque={SipSyntax.Quote(opaque)}" : "";
        return qop is null && !isSession ? text
            : qop is null ? $"{text}, cnonce=\"{cnonce}\""
            : $"{text}, qop={qop}, nc={Count}, cnonce=\"{cnonce}\"";
    }

    private static bool HasAuth(string qop) => qop.Split(',').Any(value => value.Trim().Equals("auth", StringComparison.OrdinalIgnoreCase));

    /// <summary>Credentials of an earlier try for the same realm are replaced, those for other realms stay.</summary>
    private static void RemoveFor(SipRequest request, string name, string realm)
    {
        var keep = request
            .Headers.Rows(name)
            .Where(row => !AuthenticationHeader.TryParse(row, out var header) || header["realm"] != realm)
            .ToList();
        request.Headers.Remove(name);
        foreach (var row in keep)
        {
            request.Headers.Add(name, row);
        }
    }
}
