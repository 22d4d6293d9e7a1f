using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Srtp;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Dtls;

public sealed class DtlsSessionTests
{
    [Fact]
    public void A_handshake_without_loss_takes_two_round_trips_and_agrees_on_AES_GCM()
    {
        using var pair = new DtlsPair();
        pair.Handshake(TimeSpan.FromSeconds(1));

        pair.BothConnected.ShouldBeTrue();
        pair.Client.Profile.ShouldBe(SrtpProfile.AeadAes128Gcm);
        pair.Server.Profile.ShouldBe(SrtpProfile.AeadAes128Gcm);
        pair.Now.TotalMilliseconds.ShouldBeLessThan(100);
        pair.LongestDatagram.ShouldBeLessThanOrEqualTo(DtlsSession.Mtu);
    }

    [Fact]
    public void Both_sides_derive_keys_that_fit()
    {
        using var pair = new DtlsPair();
        pair.Handshake(TimeSpan.FromSeconds(1));
        using var client = pair.Client.CreateSrtp();
        using var server = pair.Server.CreateSrtp();

        SrtpPackets.ShouldPass(client, server);
        SrtpPackets.ShouldPass(server, client);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.3)]
    public void A_handshake_gets_through_a_lossy_network_in_virtual_time(double loss)
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            using var pair = new DtlsPair(seed, loss);
            pair.Handshake(TimeSpan.FromSeconds(60));
            pair.BothConnected.ShouldBeTrue($"seed {seed} after {pair.Now}: {pair.Client.State}, {pair.Server.State}");
        }
    }

    [Fact]
    public void A_client_that_nobody_answers_backs_off_and_fails()
    {
        using var client = new DtlsSession(DtlsPair.ClientCertificate, DtlsRole.Client, [DtlsPair.ServerCertificate.Fingerprint]);
        var now = MediaTime.Zero;
        client.Start(now);
        var sent = 0;
        var gaps = new List<double>();
        var buffer = new byte[DtlsSession.Mtu];
        while (client.State == DtlsState.Handshake)
        {
            while (client.TryTake(buffer, out _))
            {
                sent++;
            }

            client.NextDeadline.ShouldNotBe(MediaTime.Never);
            gaps.Add((client.NextDeadline - now).TotalMilliseconds);
            now = client.NextDeadline;
            client.Run(now);
        }

        client.State.ShouldBe(DtlsState.Failed);
        client.NextDeadline.ShouldBe(MediaTime.Never);
        sent.ShouldBeInRange(10, 14);
        gaps.Take(4).ShouldBe([100, 200, 400, 800]);
        now.TotalMilliseconds.ShouldBeLessThan(40_000);
    }

    [Fact]
    public void Time_that_has_not_come_retransmits_nothing()
    {
        using var client = new DtlsSession(DtlsPair.ClientCertificate, DtlsRole.Client, [DtlsPair.ServerCertificate.Fingerprint]);
        client.Start(MediaTime.Zero);
        var buffer = new byte[DtlsSession.Mtu];
        client.TryTake(buffer, out _).ShouldBeTrue();
        client.Run(MediaTime.FromMilliseconds(99));
        client.Receive([22, 1, 2, 3], MediaTime.FromMilliseconds(99));
        client.TryTake(buffer, out _).ShouldBeFalse();
        client.Run(MediaTime.FromMilliseconds(100));
        client.TryTake(buffer, out _).ShouldBeTrue();
    }

    [Fact]
    public void A_client_refuses_a_server_with_another_certificate()
    {
        using var pair = new DtlsPair(expectedByClient: DtlsPair.ClientCertificate.Fingerprint);
        pair.Handshake(TimeSpan.FromSeconds(5));

        pair.Client.State.ShouldBe(DtlsState.Failed);
        Should.Throw<InvalidOperationException>(() => pair.Client.CreateSrtp());
    }

    [Fact]
    public void A_server_refuses_a_client_with_another_certificate()
    {
        using var pair = new DtlsPair(expectedByServer: DtlsPair.ServerCertificate.Fingerprint);
        pair.Handshake(TimeSpan.FromSeconds(5));

        pair.Server.State.ShouldBe(DtlsState.Failed);
    }

    [Fact]
    public void A_fingerprint_of_a_weak_hash_proves_nothing()
    {
        using var pair = new DtlsPair(expectedByClient: new DtlsFingerprint("sha-1", "00:11:22"));
        pair.Handshake(TimeSpan.FromSeconds(5));
        pair.Client.State.ShouldBe(DtlsState.Failed);
    }

    [Fact]
    public void A_peer_with_an_RSA_certificate_and_a_SHA_512_fingerprint_is_accepted()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var x509 = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = DtlsCertificate.FromDer(x509.RawData, key.ExportPkcs8PrivateKey());
        using var client = new DtlsSession(
            DtlsPair.ClientCertificate,
            DtlsRole.Client,
            [DtlsFingerprint.FromDigest("sha-512", SHA512.HashData(x509.RawData))]
        );
        using var server = new DtlsSession(certificate, DtlsRole.Server, [DtlsPair.ClientCertificate.Fingerprint]);
        client.Start(MediaTime.Zero);
        var buffer = new byte[DtlsSession.Mtu];
        for (var round = 0; round < 6; round++)
        {
            Hand(client, server, buffer);
            Hand(server, client, buffer);
        }

        client.State.ShouldBe(DtlsState.Connected);
        server.State.ShouldBe(DtlsState.Connected);
    }

    [Fact]
    public void Closing_one_side_closes_the_other()
    {
        using var pair = new DtlsPair();
        pair.Handshake(TimeSpan.FromSeconds(1));
        pair.Client.Close();
        pair.RunUntil(pair.Now + TimeSpan.FromSeconds(1), () => pair.Server.State == DtlsState.Closed);

        pair.Client.State.ShouldBe(DtlsState.Closed);
        pair.Server.State.ShouldBe(DtlsState.Closed);
    }

    [Fact]
    public void Garbage_before_and_after_the_handshake_changes_nothing()
    {
        using var pair = new DtlsPair();
        var random = new Random(7);
        Flood(pair.Server, random);
        pair.Handshake(TimeSpan.FromSeconds(5));
        pair.BothConnected.ShouldBeTrue();
        Flood(pair.Server, random);
        Flood(pair.Client, random);
        pair.BothConnected.ShouldBeTrue();
    }

    [Fact]
    public void A_damaged_certificate_is_refused() =>
        Should.Throw<ArgumentException>(() => DtlsCertificate.FromDer([0x30, 0x03, 1, 2, 3], [0x30, 0]));

    [Fact]
    public void The_fingerprint_is_SHA_256_in_SDP_form()
    {
        var fingerprint = DtlsPair.ClientCertificate.Fingerprint;
        fingerprint.Algorithm.ShouldBe("sha-256");
        fingerprint.Value.Split(':').Length.ShouldBe(32);
    }

    private static void Hand(DtlsSession from, DtlsSession to, byte[] buffer)
    {
        while (from.TryTake(buffer, out var length))
        {
            to.Receive(buffer.AsSpan(0, length), MediaTime.Zero);
        }
    }

    private static void Flood(DtlsSession session, Random random)
    {
        for (var i = 0; i < 500; i++)
        {
            var datagram = new byte[random.Next(1, 200)];
            random.NextBytes(datagram);
            datagram[0] = (byte)random.Next(20, 26);
            session.Receive(datagram, MediaTime.Zero);
        }
    }
}
