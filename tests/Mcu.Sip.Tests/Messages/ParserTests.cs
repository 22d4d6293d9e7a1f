using CsCheck;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Messages;

public sealed class ParserTests
{
    private const string Options =
        "OPTIONS sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/UDP c.example;branch=z9hG4bK1\r\nFrom: <sip:c@d.example>;tag=1\r\nTo: <sip:a@b.example>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n";

    [Theory]
    [InlineData("sip:alice@atlanta.example", "alice", "atlanta.example", 0)]
    [InlineData("sip:alice:secret@atlanta.example:5070;transport=tcp", "alice", "atlanta.example", 5070)]
    [InlineData("sips:1212@gateway.example", "1212", "gateway.example", 0)]
    [InlineData("sip:+1-212-555-1212:1234@gateway.example;user=phone", "+1-212-555-1212", "gateway.example", 0)]
    [InlineData("sip:[2001:db8::1]:5060", null, "[2001:db8::1]", 5060)]
    [InlineData("sip:alice;day=tuesday@atlanta.example", "alice;day=tuesday", "atlanta.example", 0)]
    [InlineData("sip:atlanta.example;method=REGISTER?to=alice%40atlanta.example", null, "atlanta.example", 0)]
    [InlineData("sip:#31#123@192.0.2.1", "#31#123", "192.0.2.1", 0)]
    public void A_SIP_URI_is_read_and_written(string text, string? user, string host, int port)
    {
        SipUri.TryParse(text, out var uri).ShouldBeTrue();
        uri.User.ShouldBe(user);
        uri.HostPort.ShouldBe(new HostPort(host, (ushort)port));
        uri.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("sip:")]
    [InlineData("sip:@host.example")]
    [InlineData("sip:a@")]
    [InlineData("sip:a@host.example:0")]
    [InlineData("sip:a@host.example:65536")]
    [InlineData("sip:a@host.example:")]
    [InlineData("sip:a@ho st.example")]
    [InlineData("sip:a%4@host.example")]
    [InlineData("sip:a@host.example;;")]
    [InlineData("sip:a@host.example;=x")]
    [InlineData("sip:a@host.example?")]
    [InlineData("sip:a@[2001:db8::1")]
    [InlineData("sip:a@[2001:db8:::1]")]
    [InlineData("sip:a@[::1%eth0]")]
    [InlineData("sip:a@2001:db8::1")]
    [InlineData(":a@host.example")]
    [InlineData("alice")]
    [InlineData("tel:")]
    public void A_malformed_URI_is_refused(string text) => SipUri.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void A_telephone_number_is_a_URI()
    {
        SipUri.TryParse("tel:+358-555-1234567;postd=pp22", out var uri).ShouldBeTrue();
        uri.User.ShouldBe("+358-555-1234567");
        uri.Parameters.Get("postd").ShouldBe("pp22");
        uri.IsSip.ShouldBeFalse();
    }

    // RFC 3261 section 19.1.4.
    [Theory]
    [InlineData("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp", true)]
    [InlineData("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true)]
    [InlineData("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true)]
    [InlineData("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false)]
    [InlineData("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false)]
    [InlineData("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false)]
    [InlineData("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6", false)]
    [InlineData("sip:bob@biloxi.com", "sips:bob@biloxi.com", false)]
    public void URIs_are_compared_by_their_meaning(string a, string b, bool same)
    {
        SipUri.TryParse(a, out var first).ShouldBeTrue();
        SipUri.TryParse(b, out var second).ShouldBeTrue();
        first.IsEquivalentTo(second).ShouldBe(same);
        second.IsEquivalentTo(first).ShouldBe(same);
    }

    [Fact]
    public void A_users_name_survives_as_URI_and_display_name()
    {
        Gen.String.Where(text => text.Length is > 0 and < 60 && !text.Any(char.IsControl) && !text.Any(char.IsSurrogate))
            .Sample(text =>
            {
                var address = new NameAddress(SipUri.Create(text, new HostPort("host.example", 0)), text);
                NameAddress.TryParse(address.ToString(), out var read, out var error).ShouldBeTrue(error);
                read!.DisplayName.ShouldBe(text);
                read.Uri.UserName.ShouldBe(text);
            });
    }

    [Fact]
    public void A_header_cannot_be_smuggled_into_another()
    {
        Should.Throw<ArgumentException>(() => new SipHeaders().Add("Subject", "x\r\nEvil: 1"));
        new NameAddress(SipUri.Create("a", new HostPort("b.example", 0)), "x\r\nEvil: 1").ToString().ShouldNotContain('\n');
    }

    [Fact]
    public void Lists_are_split_at_commas_that_are_commas()
    {
        SipHeaders.Split("\"a, b\" <sip:x,y@z>, <sip:q>;p=\"1,2\" , ,").ShouldBe(["\"a, b\" <sip:x,y@z>", "<sip:q>;p=\"1,2\"", "", ""]);
        SipHeaders.Split("").ShouldBeEmpty();
        SipHeaders.Split("one").ShouldBe(["one"]);
    }

    [Theory]
    [InlineData("", "Not SIP")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "Not SIP")]
    [InlineData("OPTIONS sip:a@b.example SIP/2.0\r\n", "No empty line ends the headers")]
    [InlineData("OPTIONS sip:a@b.example SIP/2.0\r\nVia\r\n\r\n", "Malformed header row")]
    [InlineData("OPTIONS sip:a@b.example SIP/2.0\r\n folded\r\n\r\n", "A folded line follows the start line")]
    [InlineData("OPTIONS sip:a@b.example SIP/2.0\r\nX: a\rb\r\n\r\n", "A line end within a line")]
    [InlineData("OPTIONS sip:a@b.example SIP/2.0\r\nX: a\r\n b\rc\r\n\r\n", "A line end within a line")]
    [InlineData("OPTIONS sip:a@b.example SIP/2.0\r\n\r\n", "No Via")]
    [InlineData("OPTIONS sip:a@b.example SIP/3.0\r\n\r\n", "Version Not Supported")]
    public void An_error_says_what_is_wrong(string text, string reason)
    {
        SipParser.TryParse(WireText.ToBytes(text), out _, out var error).ShouldBeFalse();
        error!.Reason.ShouldBe(reason);
    }

    [Theory]
    [InlineData("Max-Forwards: 256\r\n", "Bad Max-Forwards")]
    [InlineData("Max-Forwards: x\r\n", "Bad Max-Forwards")]
    [InlineData("Content-Length: 1\r\n", "Body shorter than Content-Length")]
    [InlineData("Content-Length: 99999\r\n", "Bad Content-Length")]
    [InlineData("Contact: <sip:a\r\n", "Bad Contact: the URI is malformed, or not in angle brackets though it needs them")]
    [InlineData("Via: SIP/2.0\r\n", "Bad Via")]
    [InlineData("Call-ID: y\r\n", "More than one Call-ID")]
    public void A_fault_in_a_request_can_be_answered(string row, string reason)
    {
        SipParser.TryParse(WireText.ToBytes($"{Options}{row}\r\n"), out _, out var error).ShouldBeFalse();
        error!.StatusCode.ShouldBe(400);
        error.Reason.ShouldBe(reason);
        error.Rejected.ShouldNotBeNull();
    }

    [Fact]
    public void An_answer_to_a_fault_repeats_what_came()
    {
        SipParser.TryParse(WireText.ToBytes($"{Options}Max-Forwards: x\r\n\r\n"), out _, out var error).ShouldBeFalse();
        WireText
            .FromBytes(error!.Rejected!.CreateResponse(400, error.Reason, "t"))
            .ShouldBe(
                "SIP/2.0 400 Bad Max-Forwards\r\nVia: SIP/2.0/UDP c.example;branch=z9hG4bK1\r\nFrom: <sip:c@d.example>;tag=1\r\nTo: <sip:a@b.example>;tag=t\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
            );
    }

    [Fact]
    public void Neither_responses_nor_ACKs_are_answered()
    {
        SipParser.TryParse("SIP/2.0 99 X\r\nVia: SIP/2.0/UDP c.example\r\n\r\n"u8, out _, out var response).ShouldBeFalse();
        response!.Rejected.ShouldBeNull();
        SipParser.TryParse("ACK sip:a SIP/2.0\r\nVia: SIP/2.0/UDP c.example\r\n\r\n"u8, out _, out var ack).ShouldBeFalse();
        ack!.Rejected.ShouldBeNull();
    }

    [Fact]
    public void Sizes_are_bounded()
    {
        Parse(Options + string.Concat(Enumerable.Repeat("X: y\r\n", SipMessage.MaxHeaderRows))).ShouldBe("Too many header rows");
        Parse(Options + "X: " + new string('y', SipMessage.MaxHeaderLength) + "\r\n").ShouldBe("Headers too long");
        Parse(Options + string.Concat(Enumerable.Repeat("Via: SIP/2.0/UDP h\r\n", SipMessage.MaxVias))).ShouldBe("Too many Via");
        Parse(Options + "X: y\r\n" + new string('z', SipMessage.MaxLength)).ShouldBe("Message Too Large");
        Parse(Options.Replace("tag=1", "tag=1" + string.Concat(Enumerable.Repeat(";p", SipParameters.MaxCount)), StringComparison.Ordinal))
            .ShouldBe("Bad From: the parameters are malformed");

        static string Parse(string text) => SipParser.TryParse(WireText.ToBytes(text + "\r\n"), out _, out var error) ? "" : error!.Reason;
    }

    [Fact]
    public void A_session_is_found_alone_and_as_a_part()
    {
        var sdp = TestAgent.Session().ToString();
        Read("application/sdp", sdp).ShouldBe(SdpPresence.Present);
        Read("Application/SDP;charset=utf-8", sdp).ShouldBe(SdpPresence.Present);
        Read(
                "multipart/mixed;boundary=b",
                $"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n--b--\r\n"
            )
            .ShouldBe(SdpPresence.Present);
        Read("multipart/mixed;boundary=\"b\"", $"preamble\r\n--b\r\nc: application/sdp\r\n\r\n{sdp}\r\n--b--")
            .ShouldBe(SdpPresence.Present);
        Read("multipart/mixed;boundary=b", "--b\r\n\r\nhello\r\n--b--\r\n").ShouldBe(SdpPresence.None);
        Read("multipart/mixed", sdp).ShouldBe(SdpPresence.None);
        Read("application/sdp", "v=1").ShouldBe(SdpPresence.Malformed);
        Read("text/html", "<p>").ShouldBe(SdpPresence.UnknownType);

        static SdpPresence Read(string type, string body)
        {
            SipParser.TryParse(WireText.ToBytes($"{Options}Content-Type: {type}\r\n\r\n{body}"), out var message, out _).ShouldBeTrue();
            return message!.TryReadSdp(out _, out _);
        }
    }

    [Fact]
    public void Rubbish_breaks_nothing()
    {
        Gen.Byte.Array[0, 300]
            .Sample(bytes =>
            {
                _ = SipParser.TryParse(bytes, out _, out _);
                _ = SipParser.TryParse([.. WireText.ToBytes(Options), .. bytes], out _, out _);
            });
    }

    [Fact]
    public void What_is_built_is_what_is_read()
    {
        var token = Gen.Char["abcXYZ019-.!%*_+`'~"].Array[1, 20].Select(chars => new string(chars));
        Gen.Select(token, token, token, Gen.UInt[0, CSeq.Max], Gen.Byte.Array[0, 200])
            .Sample(
                (method, tag, callId, number, body) =>
                {
                    SipUri.TryParse("sip:a@b.example;lr", out var uri).ShouldBeTrue();
                    var request = SipRequest.Create(
                        method,
                        uri!,
                        new NameAddress(uri!).WithTag(tag),
                        new NameAddress(uri!),
                        callId,
                        number
                    );
                    request.PutVia(new ViaHeader(SipTransport.Wss, new HostPort("c.example", 443), "z9hG4bK" + tag));
                    request.SetBody("application/octet-stream", body);
                    SipParser.TryParse(request.ToBytes(), out var read, out var error).ShouldBeTrue(error?.ToString());
                    var again = read.ShouldBeOfType<SipRequest>();
                    (again.Method, again.From.Tag, again.CallId, again.CSeq).ShouldBe((method, tag, callId, request.CSeq));
                    again.Body.ToArray().ShouldBe(body);
                    again.ToBytes().ShouldBe(request.ToBytes());
                }
            );
    }
}
