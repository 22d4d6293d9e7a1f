using System.Net;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Torture;

/// <summary>What becomes of each message of RFC 4475 and RFC 5118, as a user agent sees it: the status of its answer, 0 for none.</summary>
public sealed class TortureTests
{
    private const int Silence = 0;

    private static readonly Dictionary<string, int> s_answers = new(StringComparer.Ordinal)
    {
        // RFC 4475 section 3.1.1: all are parsed. REGISTER and MESSAGE are none of our methods.
        ["wsinv"] = 481,
        ["intmeth"] = 501,
        ["esc01"] = 100,
        ["escnull"] = 405,
        ["esc02"] = 501,
        ["lwsdisp"] = 200,
        ["longreq"] = 100,
        ["dblreq"] = 405,
        ["semiuri"] = 200,
        ["transports"] = 200,
        ["mpart01"] = 405,
        ["unreason"] = Silence,
        ["noreason"] = Silence,

        // Section 3.1.2. Where the RFC leaves it to us, extra spaces and dates are forgiven.
        ["badinv01"] = 400,
        ["clerr"] = 400,
        ["ncl"] = 400,
        ["scalar02"] = 400,
        ["scalarlg"] = Silence,
        ["quotbal"] = 400,
        ["ltgtruri"] = 400,
        ["lwsruri"] = 400,
        ["lwsstart"] = 100,
        ["trws"] = 200,
        ["escruri"] = 400,
        ["baddate"] = 100,
        ["regbadct"] = 400,
        ["badaspec"] = 200,
        ["baddn"] = 400,
        ["badvers"] = 505,
        ["mismatch01"] = 400,
        ["mismatch02"] = 501,
        ["bigcode"] = Silence,

        // Sections 3.2 and 3.3.
        ["badbranch"] = 200,
        ["insuf"] = 400,
        ["unkscm"] = 416,
        ["novelsc"] = 416,
        ["unksm2"] = 405,
        ["bext01"] = 420,
        ["invut"] = 415,
        ["regaut01"] = 405,
        ["multi01"] = 400,
        ["mcl01"] = 400,
        ["bcast"] = Silence,
        ["zeromf"] = 200,
        ["cparam01"] = 405,
        ["cparam02"] = 405,
        ["regescrt"] = 405,
        ["sdp01"] = 406,
        ["inv2543"] = 100,

        // RFC 5118.
        ["ipv6-good"] = 405,
        ["ipv6-bad"] = 400,
        ["port-ambiguous"] = 405,
        ["port-unambiguous"] = 405,
        ["via-received-param-with-delim"] = 481,
        ["via-received-param-no-delim"] = 200,
        ["ipv6-in-sdp"] = 100,
        ["mult-ip-in-header"] = 481,
        ["mult-ip-in-sdp"] = 100,
        ["ipv4-mapped-ipv6"] = 100,
        ["ipv6-bug-abnf-3-colons"] = 200,
        ["ipv6-correct-abnf-2-colons"] = 200,
    };

    public static IReadOnlyList<TortureMessage> All =>
        [.. ValidMessages.All, .. InvalidMessages.All, .. ApplicationMessages.All, .. Ipv6Messages.All];

    public static TheoryData<string> Names => [.. All.Select(message => message.Name)];

    [Fact]
    public void All_messages_are_there()
    {
        (ValidMessages.All.Count + InvalidMessages.All.Count + ApplicationMessages.All.Count).ShouldBe(49);
        Ipv6Messages.All.Count.ShouldBe(12);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_is_treated_as_the_RFC_says(string name)
    {
        var network = new VirtualNetwork(1);
        var agent = new TestAgent(network, "mcu", 1);

        agent.Sip.Receive(
            Message(name).Bytes,
            new SipFlow(SipTransport.Udp, new IPEndPoint(IPAddress.Parse("192.0.2.77"), 5060)),
            network.Now
        );

        StatusOf(network).ShouldBe(s_answers[name]);
        foreach (var (_, _, text) in network.Log)
        {
            SipParser
                .TryParse(WireText.ToBytes(text), out var answer, out _)
                .ShouldBe(name is not ("badinv01" or "quotbal" or "insuf" or "multi01" or "baddn" or "scalar02"));
            (answer as SipRequest).ShouldBeNull();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_cut_short_anywhere_is_refused_or_taken_but_breaks_nothing(string name)
    {
        var network = new VirtualNetwork(1);
        var agent = new TestAgent(network, "mcu", 1);
        var bytes = Message(name).Bytes;
        var flow = new SipFlow(SipTransport.Udp, new IPEndPoint(IPAddress.Parse("192.0.2.77"), 5060));
        for (var length = 0; length < bytes.Length; length++)
        {
            agent.Sip.Receive(bytes.AsSpan(0, length).ToArray(), flow, network.Now);
        }

        network.Run(700);
        agent.Sip.RememberedCount.ShouldBe(0);
        agent.Sip.TimerCount.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_parsed_is_written_and_parsed_to_the_same(string name)
    {
        if (!SipParser.TryParse(Message(name).Bytes, out var message, out _))
        {
            return;
        }

        var written = message.ToBytes();
        SipParser.TryParse(written, out var again, out var error).ShouldBeTrue(error?.ToString());
        again!.ToBytes().ShouldBe(written);
        again
            .Headers.Where(row => row.Name != HeaderNames.ContentLength)
            .ShouldBe(message.Headers.Where(row => row.Name != HeaderNames.ContentLength));
        again.Body.ToArray().ShouldBe(message.Body.ToArray());
    }

    [Fact]
    public void Folded_and_spaced_headers_are_read()
    {
        var message = Parse<SipRequest>("wsinv");
        message.To.Uri.ToString().ShouldBe("sip:vivekg@chair-dnrc.example.com");
        message.To.Tag.ShouldBe("1918181833n");
        message.From.DisplayName.ShouldBe("J Rosenberg \\\"");
        message.From.Tag.ShouldBe("98asjd8");
        message.MaxForwards.ShouldBe(68u);
        message.CSeq.ShouldBe(new CSeq(9, "INVITE"));
        message.Headers.Elements(HeaderNames.Via).Count().ShouldBe(3);
        message.Via!.Branch.ShouldBe("390skdjuw");
        message.Via.HasTransactionId.ShouldBeFalse();
        message.Headers["NewFangledHeader"].ShouldBe("newfangled value continued newfangled value");
        message.Headers["Subject"].ShouldBe("");
        message.Contact!.DisplayName.ShouldBe("Quoted string \"\"");
        message.Contact.Parameters.Get("newparam").ShouldBe("newvalue");
        message.Contact.Parameters.Get("q").ShouldBe("0.33");
        message.Addresses(HeaderNames.Route)!.Single().Uri.IsLooseRouter.ShouldBeTrue();
        message.Body.Length.ShouldBe(150);
    }

    [Fact]
    public void The_widest_range_of_characters_is_read()
    {
        var message = Parse<SipRequest>("intmeth");
        message.Method.ShouldBe("!interesting-Method0123456789_*+`.%indeed'~");
        message.Uri.Host.ShouldBe("example.com");
        message.Uri.User.ShouldBe("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
        message.Uri.Password.ShouldBe("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
        message.To.DisplayName.ShouldBe("BEL:\a NUL:\0 DEL:\x7F");
        message.From.DisplayName.ShouldBe("token1~` token2'+_ token3*%!.-");
        WireText.ToText(message.From.Parameters.Get("fromParam''~+*_!.-%")!).ShouldBe("работающий");
        message.From.Tag.ShouldBe("_token~1'+`*%!-.");
    }

    [Fact]
    public void Escapes_are_taken_back_where_they_are_read_and_kept_where_they_are_passed_on()
    {
        var message = Parse<SipRequest>("esc01");
        message.Uri.UserName.ShouldBe("sips:user@example.com");
        message.Uri.Host.ShouldBe("example.net");
        message.To.Uri.UserName.ShouldBe("user");
        message.From.Uri.UserName.ShouldBe("I have spaces");
        message.To.Uri.ToString().ShouldBe("sip:%75se%72@example.com");
        Parse<SipRequest>("semiuri").Uri.UserName.ShouldBe("user;par=u@example.net");
        Parse<SipRequest>("escnull").Addresses(HeaderNames.Contact)!.Select(contact => contact.Uri.UserName).ShouldBe(["\0", "\0\0"]);
        Parse<SipRequest>("esc02").Addresses(HeaderNames.Contact)!.Count.ShouldBe(2);
    }

    [Fact]
    public void What_follows_the_body_of_a_datagram_is_ignored()
    {
        var message = Parse<SipRequest>("dblreq");
        message.Method.ShouldBe("REGISTER");
        message.Body.Length.ShouldBe(0);
    }

    [Fact]
    public void Reasons_are_text_or_nothing()
    {
        WireText.ToText(Parse<SipResponse>("unreason").ReasonPhrase).ShouldBe("= 2**3 * 5**2 но сто девяносто девять - простое");
        Parse<SipResponse>("noreason").ReasonPhrase.ShouldBe("");
        Parse<SipResponse>("noreason").StatusCode.ShouldBe(100);
    }

    [Fact]
    public void A_URI_parameter_without_brackets_is_the_headers()
    {
        var bare = Parse<SipRequest>("cparam01").Contact!;
        bare.Parameters.Has("unknownparam").ShouldBeTrue();
        bare.Uri.Parameters.Count.ShouldBe(0);
        var bracketed = Parse<SipRequest>("cparam02").Contact!;
        bracketed.Parameters.Count.ShouldBe(0);
        bracketed.Uri.Parameters.Has("unknownparam").ShouldBeTrue();
        Parse<SipRequest>("regescrt").Contact!.Uri.Headers.ShouldBe("Route=%3Csip:sip.example.com%3E");
    }

    [Fact]
    public void IPv6_references_are_read_as_RFC_5118_says()
    {
        Parse<SipRequest>("ipv6-good").Uri.HostPort.Address.ShouldBe(IPAddress.Parse("2001:db8::10"));
        Parse<SipRequest>("port-ambiguous").Uri.HostPort.ShouldBe(new HostPort("[2001:db8::10:5070]", 0));
        Parse<SipRequest>("port-unambiguous").Uri.HostPort.ShouldBe(new HostPort("[2001:db8::10]", 5070));
        Parse<SipRequest>("via-received-param-with-delim").Via!.Received.ShouldBe(IPAddress.Parse("2001:db8::9:255"));
        Parse<SipRequest>("via-received-param-no-delim").Via!.Received.ShouldBe(IPAddress.Parse("2001:db8::9:255"));
        Parse<SipRequest>("ipv6-bug-abnf-3-colons").Uri.HostPort.Address.ShouldBe(IPAddress.Parse("2001:db8::192.0.2.1"));
        Parse<SipRequest>("ipv4-mapped-ipv6").Via!.SentBy.ShouldBe(new HostPort("[::ffff:192.0.2.10]", 19823));
    }

    private static TortureMessage Message(string name) => All.Single(message => message.Name == name);

    private static T Parse<T>(string name)
        where T : SipMessage
    {
        SipParser.TryParse(Message(name).Bytes, out var message, out var error).ShouldBeTrue(error?.ToString());
        return message.ShouldBeOfType<T>();
    }

    private static int StatusOf(VirtualNetwork network) =>
        network.Log.Count == 0 ? Silence : int.Parse(network.Log[0].Text.AsSpan(8, 3), System.Globalization.CultureInfo.InvariantCulture);
}
