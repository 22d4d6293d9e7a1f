using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Registrations;

/// <summary>Registrations at a registrar that is written by hand.</summary>
public sealed class RegistrationTests
{
    private readonly VirtualNetwork _network = new(1);
    private readonly TestAgent _agent;

    public RegistrationTests() => _agent = new TestAgent(_network, "mcu", 1, options => options with { Product = "Mcu" });

    [Fact]
    public void A_registration_is_refreshed_in_time()
    {
        var registration = Register();
        var first = _network.TakeLog().Single();
        first.ShouldStartWith("REGISTER sip:198.51.100.7:5060 SIP/2.0\r\n");
        first.ShouldContain("Expires: 600\r\n");
        first.ShouldContain("Contact: <sip:room@192.0.2.1:5060>\r\n");
        first.ShouldContain("User-Agent: Mcu\r\n");
        Reply(first, "200 OK", "Contact: <sip:other@192.0.2.7>;expires=5000, <sip:room@192.0.2.1:5060>;expires=100\n");
        registration.State.ShouldBe(SipRegistrationState.Registered);
        (registration.NextAttempt - _network.Now).TotalSeconds.ShouldBeInRange(50, 90);
        _network.Run(91);
        var second = _network.TakeLog()[0];
        Field(second, "Call-ID").ShouldBe(Field(first, "Call-ID"));
        Number(second).ShouldBe(Number(first) + 1);
        _agent.Events.ShouldBe(["registration Registered 200"]);
    }

    [Fact]
    public void A_challenge_is_answered()
    {
        Register(new("room", "secret"));
        Reply(
            _network.TakeLog().Single(),
            "401 Unauthorized",
            "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\n"
        );
        var second = _network.TakeLog().Single();
        Field(second, "Authorization").ShouldStartWith("Digest username=\"room\", realm=\"r\", nonce=\"n\", uri=\"sip:198.51.100.7:5060\"");
        second.ShouldContain("Contact: <sip:room@192.0.2.1:5060>\r\n");
        Reply(second, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"r\", nonce=\"m\", algorithm=SHA-256, qop=\"auth\"\n");
        _agent.Events.ShouldBe(["registration Failed 401"]);
    }

    [Fact]
    public void Failures_are_tried_again_ever_more_rarely()
    {
        var registration = Register();
        var waits = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            Reply(_network.TakeLog()[^1], "500 Server Internal Error");
            waits.Add((registration.NextAttempt - _network.Now).TotalSeconds);
            _network.Run(registration.NextAttempt - _network.Now);
        }

        waits[0].ShouldBeInRange(15, 30);
        waits[3].ShouldBeInRange(120, 240);
        waits[^1].ShouldBeInRange(900, 1800);
    }

    [Fact]
    public void The_registrar_says_how_long_to_wait()
    {
        var registration = Register();
        Reply(_network.TakeLog()[^1], "503 Service Unavailable", "Retry-After: 777\n");
        (registration.NextAttempt - _network.Now).TotalSeconds.ShouldBe(777);
    }

    [Fact]
    public void An_interval_that_is_too_brief_is_raised()
    {
        Register();
        Reply(_network.TakeLog()[^1], "423 Interval Too Brief", "Min-Expires: 1800\n");
        _network.TakeLog().Single().ShouldContain("Expires: 1800\r\n");
    }

    [Fact]
    public void The_next_registrar_is_tried_at_once()
    {
        var registration = _agent.Sip.Register(
            Plan() with
            {
                Registrars = [SipUri.Create(null, new HostPort("198.51.100.7", 1)), SipUri.Create(null, HostPort.From(_network.Hand))],
            },
            _network.Now
        )!;
        _network.Run(1);
        registration.State.ShouldBe(SipRegistrationState.Failed);
        var second = _network.TakeLog()[^1];
        second.ShouldStartWith("REGISTER sip:198.51.100.7:5060 ");
        Reply(second, "200 OK");
        registration.State.ShouldBe(SipRegistrationState.Registered);
    }

    [Fact]
    public void Behind_a_NAT_the_Contact_is_what_the_registrar_saw()
    {
        Register();
        var first = _network.TakeLog().Single();
        Reply(first.Replace(";rport", ";rport=61000;received=203.0.113.5", StringComparison.Ordinal), "200 OK");
        var second = _network.TakeLog().Single();
        second.ShouldContain("Contact: <sip:room@203.0.113.5:61000>\r\n");
        Reply(
            second.Replace(";rport", ";rport=61000;received=203.0.113.5", StringComparison.Ordinal),
            "200 OK",
            "Contact: <sip:room@203.0.113.5:61000>;expires=60\n"
        );
        _network.TakeLog().ShouldBeEmpty();
        _agent.Events.ShouldBe(["registration Registered 200"]);
    }

    [Fact]
    public void A_registration_that_is_stopped_is_taken_back()
    {
        var registration = Register();
        Reply(_network.TakeLog()[^1], "200 OK");
        registration.Stop(_network.Now);
        var last = _network.TakeLog().Single();
        last.ShouldContain("Expires: 0\r\n");
        Reply(last, "200 OK");
        _agent.Events[^1].ShouldBe("registration Stopped 200");
        _network.Run(60);
        _agent.Sip.Run(_network.Now);
        _agent.Sip.Registrations.ShouldBeEmpty();
        _agent.Sip.TimerCount.ShouldBe(0);
    }

    [Fact]
    public void The_NAT_is_kept_open()
    {
        _agent.Sip.Register(Plan() with { Keepalive = TimeSpan.FromSeconds(25) }, _network.Now);
        Reply(_network.TakeLog()[^1], "200 OK");
        _network.Run(80);
        _network.TakeLog().ShouldBe(["\r\n\r\n", "\r\n\r\n", "\r\n\r\n"]);
    }

    [Fact]
    public void A_probe_tells_when_its_peer_goes_and_comes()
    {
        var other = new TestAgent(_network, "trunk", 2);
        _agent.Sip.Probe(new ProbePlan { Target = other.Uri, From = _agent.NameAddress }, _network.Now);
        _network.Run(100);
        _agent.Events.ShouldBe(["reachable True"]);
        _network.IsDown = true;
        _network.Run(70);
        _network.IsDown = false;
        _network.Run(70);
        _agent.Events.ShouldBe(["reachable True", "reachable False", "reachable True"]);
    }

    [Fact]
    public void There_are_only_so_many()
    {
        for (var i = 0; i < 100; i++)
        {
            Register().ShouldNotBeNull();
        }

        _agent.Sip.Register(Plan(), _network.Now).ShouldBeNull();
        _agent.Sip.Probe(new ProbePlan { Target = _agent.Uri, From = _agent.NameAddress }, _network.Now).ShouldBeNull();
    }

    private RegistrationPlan Plan() => new() { Account = new NameAddress(SipUri.Create("room", HostPort.From(_network.Hand))) };

    private SipRegistration Register(Sip.Authentication.SipCredentials? credentials = null) =>
        _agent.Sip.Register(Plan() with { Credentials = credentials }, _network.Now)!;

    private void Reply(string request, string status, string headers = "") =>
        _network.Inject(
            _agent,
            $"SIP/2.0 {status}\nVia: {Field(request, "Via")}\nFrom: {Field(request, "From")}\nTo: {Field(request, "To")};tag=r\nCall-ID: {Field(request, "Call-ID")}\nCSeq: {Field(request, "CSeq")}\n{headers}\n"
        );

    private static int Number(string message) =>
        int.Parse(Field(message, "CSeq").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static string Field(string message, string name) =>
        message.Split("\r\n").First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];
}
