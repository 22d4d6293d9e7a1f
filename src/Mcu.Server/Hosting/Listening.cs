using System.Net;
using System.Security.Cryptography.X509Certificates;
using Mcu.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mcu.Server.Hosting;

/// <summary>How Kestrel listens.</summary>
internal static class Listening
{
    // More than any body we take, so that our own message tells the limit.
    private const int MaxBodyBytes = 1024 * 1024;
    private const int MaxWebSockets = 10_000;

    public static void Configure(KestrelServerOptions kestrel, McuOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Limits.MaxConcurrentUpgradedConnections = MaxWebSockets;
        var certificate = options.TlsCertificate is { } file ? LoadCertificate(file, options.TlsKey) : null;
        foreach (var url in options.Http)
        {
            if (url.Host == "localhost" && url.Port != 0)
            {
                kestrel.ListenLocalhost(url.Port, UseTls);
            }
            else
            {
                kestrel.Listen(url.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.DnsSafeHost), url.Port, UseTls);
            }

            void UseTls(ListenOptions listen)
            {
                if (url.Scheme == Uri.UriSchemeHttps)
                {
                    listen.UseHttps(certificate!);
                }
            }
        }
    }

    private static X509Certificate2 LoadCertificate(string file, string? keyFile)
    {
        using var pem = X509Certificate2.CreateFromPemFile(file, keyFile);
        // Kestrel's TLS needs a key that is kept with the certificate.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), password: null);
    }
}
