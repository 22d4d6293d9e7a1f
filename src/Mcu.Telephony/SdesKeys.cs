using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Mcu.Sdp;
using Mcu.WebRtc.Srtp;

namespace Mcu.Telephony;

/// <summary>
/// Keys of SRTP as a description carries them (SDES, RFC 4568; RFC 7714 for AES-GCM): whoever reads the signalling has them, so it should
/// be TLS. Never logged.
/// </summary>
public sealed class SdesKeys
{
    private const string Attribute = "crypto";
    private const string Inline = "inline:";

    /// <summary>What we speak, and how long key and salt are together.</summary>
    private static readonly (string Name, SrtpProfile Profile, int Length)[] s_suites =
    [
        ("AEAD_AES_128_GCM", SrtpProfile.AeadAes128Gcm, 28),
        ("AES_CM_128_HMAC_SHA1_80", SrtpProfile.Aes128CmHmacSha1Length80, 30),
    ];

    private readonly string _tag;
    private readonly string _suite;
    private readonly byte[] _local;
    private readonly byte[] _remote;

    private SdesKeys(string tag, string suite, SrtpProfile profile, byte[] local, byte[] remote)
    {
        _tag = tag;
        _suite = suite;
        Profile = profile;
        _local = local;
        _remote = remote;
    }

    public SrtpProfile Profile { get; }

    /// <summary>Takes the first line of a section that we speak; key and salt of ours stay as they were while the phone's do.</summary>
    /// <param name="media">What the phone offers.</param>
    /// <param name="before">What held until now, or null.</param>
    /// <param name="random">Fills with random bytes.</param>
    /// <param name="keys">The keys of both.</param>
    public static bool TryChoose(
        MediaDescription media,
        SdesKeys? before,
        Action<Span<byte>> random,
        [NotNullWhen(true)] out SdesKeys? keys
    )
    {
        ArgumentNullException.ThrowIfNull(media);
        ArgumentNullException.ThrowIfNull(random);
        keys = null;
        foreach (var attribute in media.OtherAttributes)
        {
            if (attribute.Name != Attribute || !TryRead(attribute.Value ?? "", out var tag, out var suite, out var remote))
            {
                continue;
            }

            if (before is not null && before._suite == suite.Name && before._remote.AsSpan().SequenceEqual(remote))
            {
                keys = new SdesKeys(tag, suite.Name, suite.Profile, before._local, remote);
                return true;
            }

            var local = new byte[suite.Length];
            random(local);
            keys = new SdesKeys(tag, suite.Name, suite.Profile, local, remote);
            return true;
        }

        return false;
    }

    /// <summary>Both have the same keys.</summary>
    public bool Matches(SdesKeys? other) =>
        other is not null
        && Profile == other.Profile
        && _local.AsSpan().SequenceEqual(other._local)
        && _remote.AsSpan().SequenceEqual(other._remote);

    /// <summary>Our line of the answer.</summary>
    public SdpAttribute ToAttribute() => new(Attribute, $"{_tag} {_suite} {Inline}{Convert.ToBase64String(_local)}");

    public SrtpSession CreateSession() => new(Profile, _local, _remote);

    public override string ToString() => _suite;

    /// <summary>tag suite inline:KEY[|lifetime] (RFC 4568 section 9.1). Lines with a master key identifier or parameters are passed over.</summary>
    private static bool TryRead(string value, out string tag, out (string Name, SrtpProfile Profile, int Length) suite, out byte[] key)
    {
        (tag, suite, key) = ("", default, []);
        var parts = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (
            parts.Length != 3
            || !uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || !parts[2].StartsWith(Inline, StringComparison.OrdinalIgnoreCase)
        )
        {
            return false;
        }

        var fields = parts[2][Inline.Length..].Split('|');
        suite = Array.Find(s_suites, known => known.Name.Equals(parts[1], StringComparison.OrdinalIgnoreCase));
        if (suite.Name is null || fields.Skip(1).Any(field => field.Contains(':', StringComparison.Ordinal)))
        {
            return false;
        }

        tag = number.ToString(CultureInfo.InvariantCulture);
        var bytes = new byte[suite.Length + 3];
        if (!Convert.TryFromBase64String(fields[0], bytes, out var length) || length != suite.Length)
        {
            return false;
        }

        key = bytes[..length];
        CryptographicOperations.ZeroMemory(bytes);
        return true;
    }
}
