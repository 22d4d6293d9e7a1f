using System.Security.Cryptography;
using Mcu.Sdp;

namespace Mcu.WebRtc.Dtls;

/// <summary>Whether a peer's certificate is the one its SDP promised (RFC 8122 section 5).</summary>
internal static class PeerIdentity
{
    /// <summary>
    /// True when the certificate matches a fingerprint of a hash that we trust. Of several hashes one that matches is enough
    /// (RFC 8122 section 5.1); SHA-1 and weaker are not looked at.
    /// </summary>
    public static bool Matches(ReadOnlySpan<byte> certificate, IReadOnlyList<DtlsFingerprint> fingerprints)
    {
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        foreach (var fingerprint in fingerprints)
        {
            var length = fingerprint.Algorithm switch
            {
                "sha-256" => SHA256.HashData(certificate, digest),
                "sha-384" => SHA384.HashData(certificate, digest),
                "sha-512" => SHA512.HashData(certificate, digest),
                _ => 0,
            };
            if (length > 0 && fingerprint.Matches(digest[..length]))
            {
                return true;
            }
        }

        return false;
    }
}
