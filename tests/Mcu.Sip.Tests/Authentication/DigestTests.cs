using Mcu.Media;
using Mcu.Sip.Authentication;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Authentication;

public sealed class DigestTests
{
    private static readonly MediaTime s_now = MediaTime.FromMilliseconds(1000);

    // RFC 7616 section 3.9.1, which has one password and nonce for both algorithms.
    [Theory]
    [InlineData(DigestAlgorithm.Md5, "8ca523f5e9506fed4657c9700eebdbec")]
    [InlineData(DigestAlgorithm.Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    public void The_response_is_that_of_the_RFC(DigestAlgorithm algorithm, string expected)
    {
        var secret = DigestMath.Secret(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life");
        DigestMath
            .Response(
                algorithm,
                false,
                secret,
                "GET",
                "/dir/index.html",
                "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                "auth",
                "00000001",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
            )
            .ShouldBe(expected);
    }

    [Fact]
    public void A_challenge_offers_the_stronger_algorithm_first()
    {
        var response = Challenge(Server(), s_now);
        response
            .Headers.Rows(HeaderNames.WwwAuthenticate)
            .Select(row => row.Contains("SHA-256", StringComparison.Ordinal) ? "SHA-256" : "MD5")
            .ShouldBe(["SHA-256", "MD5"]);
    }

    [Theory]
    [InlineData("secret", "alice", true)]
    [InlineData("Secret", "alice", false)]
    [InlineData("secret", "bob", false)]
    public void A_password_is_right_or_wrong(string password, string user, bool valid)
    {
        var server = Server();
        var request = Answer(Challenge(server, s_now), new SipCredentials(user, password));
        server.Verify(request, s_now, out var name).ShouldBe(valid ? DigestVerdict.Valid : DigestVerdict.Wrong);
        name.ShouldBe(valid ? "alice" : null);
        server.RememberedNonces.ShouldBe(valid ? 1 : 0);
    }

    [Fact]
    public void What_was_heard_on_the_way_cannot_be_used_again()
    {
        var server = Server();
        var request = Answer(Challenge(server, s_now), new SipCredentials("alice", "secret"));
        server.Verify(request, s_now, out _).ShouldBe(DigestVerdict.Valid);
        server.Verify(request, s_now, out var user).ShouldBe(DigestVerdict.Stale);
        user.ShouldBeNull();
    }

    [Fact]
    public void A_nonce_expires_and_cannot_be_made_up()
    {
        var server = Server();
        var challenge = Challenge(server, s_now);
        server
            .Verify(Answer(challenge, new SipCredentials("alice", "secret")), s_now + TimeSpan.FromSeconds(61), out _)
            .ShouldBe(DigestVerdict.Stale);
        server
            .Verify(Answer(Challenge(Server(2), s_now), new SipCredentials("alice", "secret")), s_now, out _)
            .ShouldBe(DigestVerdict.Stale);
    }

    [Fact]
    public void A_nonce_whose_count_was_forgotten_is_stale()
    {
        var server = Server();
        var first = Answer(Challenge(server, s_now), new SipCredentials("alice", "secret"));
        server.Verify(first, s_now, out _).ShouldBe(DigestVerdict.Valid);
        for (var i = 1; i <= 4; i++)
        {
            var later = s_now + TimeSpan.FromSeconds(i);
            server
                .Verify(Answer(Challenge(server, later), new SipCredentials("alice", "secret")), later, out _)
                .ShouldBe(DigestVerdict.Valid);
        }

        server.RememberedNonces.ShouldBe(4);
        server.Verify(first, s_now + TimeSpan.FromSeconds(5), out _).ShouldBe(DigestVerdict.Stale);
    }

    [Theory]
    [InlineData("Digest")]
    [InlineData("Digest realm")]
    [InlineData("Digest realm=")]
    [InlineData("Digest realm=\"mcu")]
    [InlineData("Digest realm=\"mcu\" x")]
    [InlineData("Digest realm=\"mcu\",")]
    [InlineData("Digest realm=\"mcu\", realm=\"mcu\"")]
    [InlineData("Digest realm=\"mcu\", nc=1")]
    [InlineData("Basic QWxhZGRpbg==")]
    [InlineData("")]
    public void Malformed_credentials_let_nobody_in(string row)
    {
        var request = Request();
        request.Headers.Add(HeaderNames.Authorization, row);
        Server().Verify(request, s_now, out _).ShouldBeOneOf(DigestVerdict.None, DigestVerdict.Wrong);
    }

    [Fact]
    public void A_client_gives_up_on_a_password_that_was_refused()
    {
        var client = new DigestClient(new SipCredentials("alice", "wrong"), new SeededRandom(1));
        var server = Server();
        client.TryAnswer(Challenge(server, s_now), Request()).ShouldBeTrue();
        client.TryAnswer(Challenge(server, s_now), Request()).ShouldBeFalse();
    }

    [Fact]
    public void A_client_goes_on_where_only_the_nonce_was_old_but_not_for_ever()
    {
        var client = new DigestClient(new SipCredentials("alice", "secret"), new SeededRandom(1));
        var server = Server();
        var answers = 0;
        while (client.TryAnswer(Challenge(server, s_now, stale: true), Request()))
        {
            answers++;
        }

        answers.ShouldBe(4);
    }

    [Fact]
    public void A_client_answers_server_and_proxy_and_no_realm_of_others()
    {
        var response = Request().CreateResponse(401, "t");
        response.Headers.Add(HeaderNames.WwwAuthenticate, "Digest realm=\"a\", nonce=\"1\", algorithm=SHA-512-256, qop=\"auth\"");
        response.Headers.Add(HeaderNames.WwwAuthenticate, "Digest realm=\"a\", nonce=\"2\", algorithm=MD5, qop=\"auth-int,auth\"");
        response.Headers.Add(HeaderNames.WwwAuthenticate, "NewScheme x=y");
        response.Headers.Add(HeaderNames.ProxyAuthenticate, "Digest realm=\"p\", nonce=\"3\", opaque=\"o\"");
        var request = Request();
        new DigestClient(new SipCredentials("alice", "secret"), new SeededRandom(1)).TryAnswer(response, request).ShouldBeTrue();
        request.Headers[HeaderNames.Authorization]!.ShouldContain("nonce=\"2\"");
        request.Headers[HeaderNames.Authorization]!.ShouldContain("qop=auth, nc=00000001");
        // Without qop it is RFC 2069: nothing of the client in it.
        request.Headers[HeaderNames.ProxyAuthorization]!.ShouldEndWith("opaque=\"o\"");
        new DigestClient(new SipCredentials("alice", "secret", "b"), new SeededRandom(1)).TryAnswer(response, Request()).ShouldBeFalse();
    }

    private static DigestServer Server(int seed = 1) => new("mcu", new Accounts(), new SeededRandom(seed), TimeSpan.FromSeconds(60), 4);

    private static SipRequest Request()
    {
        SipUri.TryParse("sip:mcu@192.0.2.1", out var uri).ShouldBeTrue();
        return SipRequest.Create("INVITE", uri!, new NameAddress(uri!).WithTag("a"), new NameAddress(uri!), "call", 1);
    }

    private static SipResponse Challenge(DigestServer server, MediaTime now, bool stale = false)
    {
        var response = Request().CreateResponse(401, "t");
        server.Challenge(response, stale, now);
        return response;
    }

    private static SipRequest Answer(SipResponse challenge, SipCredentials credentials)
    {
        var request = Request();
        new DigestClient(credentials, new SeededRandom(3)).TryAnswer(challenge, request).ShouldBeTrue();
        return request;
    }

    private sealed class Accounts : ISipAccounts
    {
        public string? PasswordOf(string realm, string userName) => userName == "alice" ? "secret" : null;
    }
}
