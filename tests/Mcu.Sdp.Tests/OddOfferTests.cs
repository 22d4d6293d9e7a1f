using Mcu.Media.Codecs;
using Mcu.Sdp.Negotiation;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

/// <summary>Offers that are right and rare.</summary>
public sealed class OddOfferTests
{
    [Theory]
    [InlineData(9, "a=rtpmap:9 G722/8000\r\n", AudioCodec.G722)]
    [InlineData(9, "", AudioCodec.G722)]
    [InlineData(0, "a=rtpmap:0 PCMU/8000\r\n", AudioCodec.Pcmu)]
    [InlineData(0, "", AudioCodec.Pcmu)]
    [InlineData(8, "", AudioCodec.Pcma)]
    public void OnePhoneCodecAloneIsEnough(int payloadType, string map, AudioCodec codec)
    {
        var answer = TestOffers.Answer(TestOffers.Parse(Offer($"m=audio 9 UDP/TLS/RTP/SAVPF {payloadType}\r\n{Section("0")}{map}")));
        var audio = answer.Session.Find(MediaPurpose.Audio).ShouldNotBeNull();
        (audio.Sends, audio.Receives).ShouldBe((true, true));
        audio.SendAudioCodec.ShouldNotBeNull().Codec.ShouldBe(codec);
        answer.Text.ShouldContain($"a=rtpmap:{payloadType} {codec.ToString().ToUpperInvariant()}/8000");
        answer.Text.ShouldContain("a=sendrecv");
    }

    [Fact]
    public void OneSectionNeedsNoBundle()
    {
        var answer = TestOffers.Answer(TestOffers.Parse(Offer($"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{Section(null)}")));
        answer.Session.Media.ShouldHaveSingleItem().Rejected.ShouldBeFalse();
        answer.Description.BundledMids.ShouldBeEmpty();
    }

    [Fact]
    public void SectionsOutsideTheBundleAreRejected()
    {
        var offer = Offer(
            "a=group:BUNDLE 0\r\n"
                + $"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{Section("0")}"
                + $"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n{Section("1")}a=rtpmap:96 VP8/90000\r\n"
        );
        TestOffers.Answer(TestOffers.Parse(offer)).Description.Media.Select(media => media.IsRejected).ShouldBe([false, true]);
    }

    [Fact]
    public void SimulcastIsAnsweredWithOneStream()
    {
        var layers = string.Concat(Enumerable.Range(0, 8).Select(i => $"a=rid:r{i} send\r\n"));
        var offer = Offer(
            $"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n{Section("0")}a=rtpmap:96 VP8/90000\r\na=sendonly\r\n"
                + "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
                + $"{layers}a=simulcast:send r0;r1;r2;r3;r4;r5;r6;r7\r\n"
        );
        var answer = TestOffers.Answer(TestOffers.Parse(offer));
        answer.Session.Find(MediaPurpose.Video).ShouldNotBeNull().Receives.ShouldBeTrue();
        // RFC 8853 section 5.3.2: an answer without simulcast makes the sender send one.
        answer.Text.ShouldNotContain("simulcast");
        answer.Text.ShouldNotContain("a=rid");
        answer.Text.ShouldNotContain("rtp-stream-id");
    }

    [Fact]
    public void MixedExtensionFormsAreAllowedBackAndIdsBeyondOneByteAreLeftOut()
    {
        var offer = Offer(
            "a=extmap-allow-mixed\r\n"
                + $"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{Section("0")}"
                + "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:15 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
        );
        var answer = TestOffers.Answer(TestOffers.Parse(offer));
        answer.Text.ShouldContain("a=extmap-allow-mixed");
        answer.Session.Media[0].Extensions.ShouldBe(new ExtensionIds { Mid = 4 });
        answer.Text.ShouldNotContain("ssrc-audio-level");
    }

    [Fact]
    public void SectionsThatWereRejectedStayInTheirPlace()
    {
        var offer = Offer(
            "a=group:BUNDLE 1\r\n"
                + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=inactive\r\na=rtpmap:96 VP8/90000\r\n"
                + $"m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{Section("1")}"
        );
        var answer = TestOffers.Answer(TestOffers.Parse(offer));
        answer.Description.Media.Select(media => media.Port == 0).ShouldBe([true, false]);
        answer.Description.BundledMids.ShouldBe(["1"]);
        answer.Session.Find(MediaPurpose.Audio).ShouldNotBeNull().Index.ShouldBe(1);
    }

    [Fact]
    public void ALitePeerIsRefusedBecauseNobodyWouldCheck() =>
        TestOffers.Refusal(Offer($"a=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{Section("0")}")).Message.ShouldContain("ice-lite");

    private static string Offer(string rest) => $"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n{rest}";

    private static string Section(string? mid) =>
        (mid is null ? "" : $"a=mid:{mid}\r\n")
        + "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789abcdef01234567\r\na=setup:actpass\r\na=rtcp-mux\r\n"
        + $"a=fingerprint:sha-256 {string.Join(':', Enumerable.Repeat("AB", 32))}\r\n";
}
