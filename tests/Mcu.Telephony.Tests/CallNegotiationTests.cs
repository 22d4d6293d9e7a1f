using System.Net;
using Mcu.Media.Codecs;
using Mcu.Sdp;
using Shouldly;
using Xunit;

namespace Mcu.Telephony.Tests;

/// <summary>Offers as phones make them.</summary>
public sealed class CallNegotiationTests
{
    private static readonly LocalMedia s_local = new(
        IPAddress.Parse("198.51.100.1"),
        10_000,
        [AudioCodec.Opus, AudioCodec.G722, AudioCodec.Pcmu, AudioCodec.Pcma]
    );

    private const string Desk = """
        v=0
        o=phone 8000 8000 IN IP4 192.0.2.7
        s=call
        c=IN IP4 192.0.2.7
        t=0 0
        m=audio 16384 RTP/AVP 8 0 9 101
        a=rtpmap:8 PCMA/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:9 G722/8000
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-16
        a=ptime:20
        a=sendrecv

        """;

    private static SessionDescription Parse(string text)
    {
        SessionDescription.TryParse(text.ReplaceLineEndings("\r\n"), out var description, out var error).ShouldBeTrue(error?.ToString());
        return description!;
    }

    private static (CallNegotiation Negotiation, SessionDescription Answer) Answer(string offer)
    {
        var negotiation = new CallNegotiation(s_local, 1, static bytes => bytes.Fill(7));
        negotiation.TryAnswer(Parse(offer), out var answer, out var problem).ShouldBeTrue(problem);
        return (negotiation, Parse(answer!.ToString()));
    }

    [Fact]
    public void The_phones_first_codec_is_taken_and_its_keys()
    {
        var (negotiation, answer) = Answer(Desk);
        var sound = answer.Media.ShouldHaveSingleItem();
        sound.Port.ShouldBe(10_000);
        sound.Formats.Select(format => (format.PayloadType, format.Encoding)).ShouldBe([((byte)8, "PCMA"), ((byte)101, "telephone-event")]);
        sound.Direction.ShouldBe(MediaDirection.SendRecv);
        answer.Connection.ShouldBe("IN IP4 198.51.100.1");

        var agreed = negotiation.Agreed!;
        agreed.Codec.ShouldBe(AudioCodec.Pcma);
        agreed.Remote.ShouldBe(IPEndPoint.Parse("192.0.2.7:16384"));
        agreed.RemoteRtcp.ShouldBe(IPEndPoint.Parse("192.0.2.7:16385"));
        agreed.TelephoneEvents.ShouldBe((byte)101);
        (agreed.Sends, agreed.Receives).ShouldBe((true, true));
    }

    [Fact]
    public void Static_payload_types_need_no_names()
    {
        var (negotiation, _) = Answer(string.Join('\n', Desk.Split('\n').Where(line => !line.StartsWith("a=", StringComparison.Ordinal))));
        negotiation.Agreed!.Codec.ShouldBe(AudioCodec.Pcma);
        negotiation.Agreed.TelephoneEvents.ShouldBeNull();
    }

    [Fact]
    public void Opus_takes_the_keys_of_its_own_clock()
    {
        var (negotiation, answer) = Answer(
            """
            v=0
            o=- 1 1 IN IP4 192.0.2.7
            s=-
            c=IN IP4 192.0.2.7
            t=0 0
            m=audio 4000 RTP/AVP 96 0 97 98
            a=rtpmap:96 opus/48000/2
            a=rtpmap:97 telephone-event/8000
            a=rtpmap:98 telephone-event/48000
            a=rtcp-mux

            """
        );
        negotiation.Agreed!.Codec.ShouldBe(AudioCodec.Opus);
        negotiation.Agreed.TelephoneEvents.ShouldBe((byte)98);
        negotiation.Agreed.RemoteRtcp!.Port.ShouldBe(4000);
        answer.Media[0].RtcpMux.ShouldBeTrue();
        answer.Media[0].Format(98)!.ClockRate.ShouldBe(48000);
    }

    [Fact]
    public void Pictures_and_what_we_do_not_speak_are_refused_section_by_section()
    {
        var (negotiation, answer) = Answer(
            Desk.TrimEnd()
                + """

                m=video 16386 RTP/AVP 99
                a=rtpmap:99 H264/90000
                m=application 5000 UDP/BFCP *

                """
        );
        answer.Media.Select(media => media.Port).ShouldBe([10_000, 0, 0]);
        answer.Media.Select(media => media.Media).ShouldBe(["audio", "video", "application"]);
        negotiation.Agreed!.Index.ShouldBe(0);
    }

    [Theory]
    [InlineData("sendonly", MediaDirection.RecvOnly, false, true)]
    [InlineData("recvonly", MediaDirection.SendOnly, true, false)]
    [InlineData("inactive", MediaDirection.Inactive, false, false)]
    public void Hold_is_answered_in_kind(string direction, MediaDirection answered, bool sends, bool receives)
    {
        var (negotiation, answer) = Answer(Desk.Replace("sendrecv", direction, StringComparison.Ordinal));
        answer.Media[0].Direction.ShouldBe(answered);
        (negotiation.Agreed!.Sends, negotiation.Agreed.Receives).ShouldBe((sends, receives));
    }

    [Fact]
    public void An_address_of_zeros_is_hold_as_it_was()
    {
        var (negotiation, _) = Answer(Desk.Replace("c=IN IP4 192.0.2.7", "c=IN IP4 0.0.0.0", StringComparison.Ordinal));
        negotiation.Agreed!.Remote.ShouldBeNull();
        (negotiation.Agreed.Sends, negotiation.Agreed.IsOnHold).ShouldBe((false, true));
    }

    [Theory]
    [InlineData("RTP/AVP 8 0 9 101", "RTP/AVP 18 101", "codec")]
    [InlineData("RTP/AVP", "RTP/SAVP", "keys")]
    [InlineData("RTP/AVP", "UDP/TLS/RTP/SAVP", "RTP/AVP")]
    [InlineData("m=audio 16384", "m=audio 0", "no sound")]
    public void What_cannot_be_taken_is_said_and_changes_nothing(string from, string to, string said)
    {
        var negotiation = new CallNegotiation(s_local, 1, static bytes => bytes.Fill(7));
        negotiation.TryAnswer(Parse(Desk), out _, out _).ShouldBeTrue();
        var before = negotiation.Agreed;
        negotiation.TryAnswer(Parse(Desk.Replace(from, to, StringComparison.Ordinal)), out _, out var problem).ShouldBeFalse();
        problem!.ShouldContain(said, Case.Insensitive);
        negotiation.Agreed.ShouldBe(before);
    }

    private const string Key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    private static string Secure(params string[] lines) =>
        Desk.Replace("RTP/AVP", "RTP/SAVP", StringComparison.Ordinal) + string.Concat(lines.Select(line => $"a=crypto:{line}\n"));

    [Fact]
    public void Keys_are_answered_with_keys_of_ours_and_stay_while_the_phones_do()
    {
        var (negotiation, answer) = Answer(
            Secure($"1 AES_CM_128_HMAC_SHA1_32 inline:{Key}", $"2 AES_CM_128_HMAC_SHA1_80 inline:{Key}|2^31")
        );
        var sound = answer.Media.ShouldHaveSingleItem();
        sound.Protocol.ShouldBe("RTP/SAVP");
        var line = sound.OtherAttributes.Single(attribute => attribute.Name == "crypto").Value!.Split(' ');
        line[..2].ShouldBe(["2", "AES_CM_128_HMAC_SHA1_80"]);
        Convert.FromBase64String(line[2]["inline:".Length..]).Length.ShouldBe(30);

        var first = negotiation.Agreed!.Security!;
        negotiation.TryAnswer(Parse(Secure($"1 AES_CM_128_HMAC_SHA1_80 inline:{Key}")), out _, out _).ShouldBeTrue();
        negotiation.Agreed!.Security!.Matches(first).ShouldBeTrue();
        negotiation.TryAnswer(Parse(Secure($"1 AES_CM_128_HMAC_SHA1_80 inline:X{Key[1..]}")), out _, out _).ShouldBeTrue();
        negotiation.Agreed!.Security!.Matches(first).ShouldBeFalse();
        negotiation.Agreed.Security.ToString().ShouldNotContain("inline");
    }

    [Theory]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:AAAA")] // too short
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + "|1:4")] // a master key identifier
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 inline:" + Key + " UNENCRYPTED_SRTP")]
    [InlineData("x AES_CM_128_HMAC_SHA1_80 inline:" + Key)]
    [InlineData("1 F8_128_HMAC_SHA1_80 inline:" + Key)]
    [InlineData("1 AES_CM_128_HMAC_SHA1_80 " + Key)]
    [InlineData("")]
    public void Keys_that_cannot_be_used_are_none(string line) =>
        new CallNegotiation(s_local, 1, static bytes => bytes.Fill(7)).TryAnswer(Parse(Secure(line)), out _, out _).ShouldBeFalse();

    [Fact]
    public void Each_description_of_ours_has_a_later_version()
    {
        var negotiation = new CallNegotiation(s_local, 7, static bytes => bytes.Fill(7));
        var versions = new List<ulong>();
        for (var i = 0; i < 3; i++)
        {
            negotiation.TryAnswer(Parse(Desk), out var answer, out _).ShouldBeTrue();
            answer!.Origin.SessionId.ShouldBe(7ul);
            versions.Add(answer.Origin.SessionVersion);
        }

        versions.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Our_offer_is_answered_by_another_of_us()
    {
        var caller = new CallNegotiation(s_local, 1, static bytes => bytes.Fill(7));
        var callee = new CallNegotiation(s_local with { Codecs = [AudioCodec.Pcma] }, 2, static bytes => bytes.Fill(7));
        callee.TryAnswer(Parse(caller.Offer().ToString()), out var answer, out var problem).ShouldBeTrue(problem);
        caller.TryAccept(Parse(answer!.ToString()), out problem).ShouldBeTrue(problem);
        caller.Agreed!.Codec.ShouldBe(AudioCodec.Pcma);
        caller.Agreed.PayloadType.ShouldBe((byte)8);
        caller.Agreed.TelephoneEvents.ShouldBe((byte)101);
        caller.TryAccept(answer, out problem).ShouldBeFalse(); // nothing is open any more
    }
}
