using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mcu.Sdp;

namespace Mcu.WebRtc.Dtls;

/// <summary>
/// Our certificate with its key, ready for DTLS; one serves any number of sessions, on any thread. Peers know it by its fingerprint
/// in the SDP (RFC 8122), so it is self-signed and its names say nothing.
/// </summary>
public sealed class DtlsCertificate : IDisposable
{
    private readonly DtlsContextHandle _context;

    private DtlsCertificate(DtlsContextHandle context, DtlsFingerprint fingerprint)
    {
        _context = context;
        Fingerprint = fingerprint;
    }

    /// <summary>SHA-256 fingerprint for the SDP.</summary>
    public DtlsFingerprint Fingerprint { get; }

    internal DtlsContextHandle Context => _context;

    /// <summary>Makes a new ECDSA P-256 key and a certificate for it.</summary>
    /// <param name="wallClock">Now; the certificate is valid from a day before for ten years, in case a peer looks: it lives as long as the process.</param>
    public static DtlsCertificate CreateSelfSigned(DateTimeOffset wallClock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=WebRTC", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(wallClock.AddDays(-1), wallClock.AddYears(10));
        return FromDer(certificate.RawData, key.ExportPkcs8PrivateKey());
    }

    /// <summary>Takes a certificate (X.509, DER) and its unencrypted key (PKCS#8, DER), ECDSA or RSA.</summary>
    /// <exception cref="ArgumentException">One of them is damaged, or they do not belong together.</exception>
    public static DtlsCertificate FromDer(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> key)
    {
        var context = DtlsNative.CreateContext(
            MemoryMarshal.GetReference(certificate),
            certificate.Length,
            MemoryMarshal.GetReference(key),
            key.Length
        );
        if (context.IsInvalid)
        {
            context.Dispose();
            throw new ArgumentException("The certificate and key are damaged or do not belong together.", nameof(certificate));
        }

        return new DtlsCertificate(context, DtlsFingerprint.FromDigest("sha-256", SHA256.HashData(certificate)));
    }

    public void Dispose() => _context.Dispose();
}
