using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mcu.Media;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Authentication;

/// <summary>Whom we let in.</summary>
public interface ISipAccounts
{
    /// <summary>The password of a user; null if there is no such user.</summary>
    string? PasswordOf(string realm, string userName);
}

internal enum DigestVerdict
{
    /// <summary>No credentials for our realm that we understand.</summary>
    None,
    Valid,

    /// <summary>The right password for a nonce that is too old or whose count was used before.</summary>
    Stale,
    Wrong,
}

/// <summary>
/// Challenges and checks credentials (RFC 7616, RFC 8760). A nonce carries its time and our signature, so that a challenge costs no memory;
/// only those that were used with a right password are remembered, for their count.
/// </summary>
internal sealed class DigestServer
{
    private const int TimeLength = 8;
    private const int SaltLength = 8;
    private const int SignatureLength = 16;
    private const int NonceLength = TimeLength + SaltLength + SignatureLength;

    private readonly string _realm;
    private readonly ISipAccounts _accounts;
    private readonly IRandomSource _random;
    private readonly TimeSpan _lifetime;
    private readonly int _maxNonces;
    private readonly byte[] _key = new byte[32];
    private readonly string _nobodysPassword;

    // Last count of each nonce in use, oldest first.
    private readonly Dictionary<string, uint> _counts = new(StringComparer.Ordinal);
    private readonly Queue<(string Nonce, MediaTime Issued)> _order = new();

    // Nonces from before are stale: some whose count we forgot are among them.
    private MediaTime _validFrom = new(long.MinValue);

    public DigestServer(string realm, ISipAccounts accounts, IRandomSource random, TimeSpan lifetime, int maxNonces)
    {
        _realm = realm;
        _accounts = accounts;
        _random = random;
        _lifetime = lifetime;
        _maxNonces = maxNonces;
        random.Fill(_key);
        _nobodysPassword = random.NextToken(16);
    }

    public int RememberedNonces => _counts.Count;

    /// <summary>Adds a challenge for each algorithm, the strongest first (RFC 8760 section 2.3).</summary>
    public void Challenge(SipResponse response, bool stale, MediaTime now)
    {
        var nonce = CreateNonce(now);
        foreach (var algorithm in (ReadOnlySpan<DigestAlgorithm>)[DigestAlgorithm.Sha256, DigestAlgorithm.Md5])
        {
            response.Headers.Add(
                HeaderNames.WwwAuthenticate,
                $"Digest realm={SipSyntax.Quote(_realm)}, nonce=\"{nonce}\", algorithm={DigestMath.NameOf(algorithm)}, qop=\"auth\"{(stale ? ", stale=true" : "")}"
            );
        }
    }

    /// <summary>Checks the credentials of a request; <paramref name="user"/> is set if they are valid.</summary>
    public DigestVerdict Verify(SipRequest request, MediaTime now, out string? user)
    {
        user = null;
        foreach (var row in request.Headers.Rows(HeaderNames.Authorization))
        {
            if (AuthenticationHeader.TryParse(row, out var header) && header.IsDigest && header["realm"] == _realm)
            {
                var verdict = Verify(header, request.Method, now);
                user = verdict == DigestVerdict.Valid ? WireText.ToText(header["username"]!) : null;
                return verdict;
            }
        }

        return DigestVerdict.None;
    }

    private DigestVerdict Verify(AuthenticationHeader header, string method, MediaTime now)
    {
        if (
            header["username"] is not { } user
            || header["nonce"] is not { } nonce
            || header["uri"] is not { } uri
            || header["response"] is not { } response
            || header["cnonce"] is not { Length: > 0 } cnonce
            || header["nc"] is not { Length: 8 } count
            || !uint.TryParse(count, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            || !string.Equals(header["qop"], "auth", StringComparison.OrdinalIgnoreCase)
            || !DigestMath.TryParse(header["algorithm"], out var algorithm, out var isSession)
        )
        {
            return DigestVerdict.Wrong;
        }

        // As much work for a user that does not exist as for one that does. The uri is not compared with the Request-URI, which proxies
        // rewrite; the count keeps what was heard on the way from being used again.
        var password = _accounts.PasswordOf(_realm, WireText.ToText(user));
        var secret = DigestMath.Secret(algorithm, WireText.ToText(user), _realm, password ?? _nobodysPassword);
        var expected = DigestMath.Response(algorithm, isSession, secret, method, uri, nonce, "auth", count, cnonce);
        var isRight = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(response));
        if (!isRight || password is null)
        {
            return DigestVerdict.Wrong;
        }

        return
            TryReadNonce(nonce, out var issued)
            && issued >= _validFrom
            && issued <= now
            && now - issued <= _lifetime
            && Use(nonce, issued, number)
            ? DigestVerdict.Valid
            : DigestVerdict.Stale;
    }

    /// <summary>Takes a count that was not used before: each must be greater than the last.</summary>
    private bool Use(string nonce, MediaTime issued, uint count)
    {
        if (_counts.TryGetValue(nonce, out var last))
        {
            _counts[nonce] = Math.Max(last, count);
            return count > last;
        }

        if (count == 0)
        {
            return false;
        }

        if (_counts.Count == _maxNonces)
        {
            var (oldest, time) = _order.Dequeue();
            _counts.Remove(oldest);
            _validFrom = MediaTime.Max(_validFrom, time + new TimeSpan(1));
            if (issued < _validFrom)
            {
                return false;
            }
        }

        _counts.Add(nonce, count);
        _order.Enqueue((nonce, issued));
        return true;
    }

    private string CreateNonce(MediaTime now)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        BinaryPrimitives.WriteInt64BigEndian(nonce, now.Ticks);
        _random.Fill(nonce.Slice(TimeLength, SaltLength));
        Sign(nonce[..(TimeLength + SaltLength)], nonce[(TimeLength + SaltLength)..]);
        return Convert.ToHexStringLower(nonce);
    }

    private bool TryReadNonce(string text, out MediaTime issued)
    {
        issued = default;
        Span<byte> nonce = stackalloc byte[NonceLength];
        Span<byte> signature = stackalloc byte[SignatureLength];
        if (
            text.Length != 2 * NonceLength
            || Convert.FromHexString(text, nonce, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != NonceLength
            || !text.Equals(text.ToLowerInvariant(), StringComparison.Ordinal)
        )
        {
            return false;
        }

        Sign(nonce[..(TimeLength + SaltLength)], signature);
        issued = new MediaTime(BinaryPrimitives.ReadInt64BigEndian(nonce));
        return CryptographicOperations.FixedTimeEquals(signature, nonce[(TimeLength + SaltLength)..]);
    }

    private void Sign(ReadOnlySpan<byte> content, Span<byte> signature)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, content, mac);
        mac[..SignatureLength].CopyTo(signature);
    }
}
