using Mcu.Media.Network;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

public class ParsingTests
{
    private const string Head = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

    public static TheoryData<string> Offers => TestOffers.All;

    [Theory]
    [MemberData(nameof(Offers))]
    public void RealOffersAreReadWithoutLoss(string name)
    {
        var offer = TestOffers.Load(name);
        var again = TestOffers.Parse(offer.ToString());
        again.ShouldBeEquivalentTo(offer);
        // Each attribute of the original is still there: the writer only reorders.
        var written = offer.ToString().Split("\r\n").Select(Normalised).ToHashSet(StringComparer.Ordinal);
        foreach (var line in TestOffers.Text(name).Split("\r\n"))
        {
            written.Contains(Normalised(line)).ShouldBeTrue(line);
        }
    }

    [Fact]
    public void ChromiumOfferIsUnderstood()
    {
        var offer = TestOffers.Load("chromium");
        offer.BundledMids.ShouldBe(["0", "1"]);
        offer.ExtmapAllowMixed.ShouldBeTrue();
        var audio = offer.Media[0];
        audio.Kind.ShouldBe(MediaKind.Audio);
        audio.Formats.Select(format => (int)format.PayloadType).ShouldBe([111, 63, 9, 0, 8, 13, 110, 126]);
        audio.Format(111)!.Channels.ShouldBe(2);
        audio.Format(111)!.Parameters.Flag("useinbandfec").ShouldBeTrue();
        audio.Transport.Candidates.Count.ShouldBe(8);
        audio.Transport.Candidates[4].TcpType.ShouldBe(IceTcpType.Active);
        audio.Transport.Setup.ShouldBe(DtlsSetup.ActPass);
        var video = offer.Media[1];
        video.SsrcGroups.ShouldHaveSingleItem().Ssrcs.Count.ShouldBe(2);
        video.Format(96)!.Feedback.ShouldBe(["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"]);
    }

    [Fact]
    public void SessionDirectionHoldsForSectionsWithoutTheirOwn()
    {
        var text = $"{Head}a=recvonly\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n";
        TestOffers.Parse(text).Media.Select(media => media.Direction).ShouldBe([MediaDirection.RecvOnly, MediaDirection.SendOnly]);
    }

    [Fact]
    public void LoneLineFeedsAndEmptyLinesAreTaken() =>
        TestOffers.Parse("v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\n\nt=0 0\nm=audio 9 RTP/AVP 0\n").Media.Count.ShouldBe(1);

    [Fact]
    public void AStaticPayloadTypeNeedsNoClockRate() =>
        TestOffers.Parse(Head + "m=video 9 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n").Media[0].Formats.Count.ShouldBe(1);

    [Theory]
    [InlineData("", 1, "v=0")]
    [InlineData("{\"type\":\"offer\"}", 1, "one lower-case letter")]
    [InlineData("v=0\r\ns=-\r\nt=0 0\r\n", 0, "'o='")]
    [InlineData("v=0\r\no=- x 2 IN IP4 127.0.0.1\r\n", 2, "origin")]
    [InlineData(Head + "m=audio 99999 UDP/TLS/RTP/SAVPF 0\r\n", 5, "m=<media>")]
    [InlineData(Head + "m=audio 9 UDP/TLS/RTP/SAVPF 128\r\n", 5, "0 to 127")]
    [InlineData(Head + "m=audio 9 UDP/TLS/RTP/SAVPF 0 0\r\n", 5, "twice")]
    [InlineData(Head + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n", 8, "mid '0'")]
    [InlineData(Head + "a=ice-ufrag:abc\r\n", 5, "4 to 256")]
    [InlineData(Head + "a=fingerprint:sha-256 AB:C\r\n", 5, "fingerprint")]
    [InlineData(Head + "a=setup:maybe\r\n", 5, "setup")]
    [InlineData(Head + "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 opus\r\n", 6, "rtpmap")]
    [InlineData(Head + "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=extmap:0 urn:x\r\n", 6, "extmap")]
    [InlineData(Head + "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=ssrc:x cname:y\r\n", 6, "ssrc")]
    [InlineData(Head + "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=candidate:1 1 udp x\r\n", 6, "candidate")]
    public void ErrorsNameTheLineAndWhatToDo(string text, int line, string words)
    {
        SessionDescription.TryParse(text, out var description, out var error).ShouldBeFalse();
        description.ShouldBeNull();
        error.ShouldNotBeNull().Line.ShouldBe(line);
        error.Message.ShouldContain(words);
    }

    [Fact]
    public void OversizedDescriptionsAreRefused()
    {
        SessionDescription.TryParse(new string('a', SessionDescription.MaxLength + 1), out _, out var error).ShouldBeFalse();
        error!.Message.ShouldContain("at most 65536");
        var sections = string.Concat(Enumerable.Repeat("m=audio 9 RTP/AVP 0\r\n", SessionDescription.MaxMediaSections + 1));
        SessionDescription.TryParse(Head + sections, out _, out error).ShouldBeFalse();
        error!.Message.ShouldContain("64 media sections");
    }

    [Fact]
    public void CandidatesAreReadAndWritten()
    {
        const string Text =
            "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.0.2.5 rport 46154 generation 0 ufrag 8hhY network-cost 999";
        IceCandidate.TryParse($"a={Text}\r\n", out var candidate).ShouldBeTrue();
        candidate!.Type.ShouldBe(IceCandidateType.ServerReflexive);
        candidate.Priority.ShouldBe(1677729535u);
        candidate.RelatedAddress.ShouldBe("192.0.2.5");
        candidate.ExtensionValue("ufrag").ShouldBe("8hhY");
        candidate.ExtensionValue("none").ShouldBeNull();
        candidate.ToString().ShouldBe(Text);
        IceCandidate.TryParse("candidate:1 1 TCP 5 ::1 9 typ host tcptype active", out var tcp).ShouldBeTrue();
        tcp!.Transport.ShouldBe(PathTransport.Tcp);
        IceCandidate.TryParse("candidate:1 1 tcp 5 ::1 9 typ host", out _).ShouldBeFalse();
        IceCandidate.TryParse("candidate:1 1 sctp 5 ::1 9 typ host", out _).ShouldBeFalse();
        IceCandidate.TryParse("", out _).ShouldBeFalse();
    }

    [Fact]
    public void CandidatesOfUnknownTransportsAreKeptAside()
    {
        var offer = TestOffers.Parse($"{Head}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=candidate:1 1 sctp 5 ::1 9 typ host\r\n");
        offer.Media[0].Transport.Candidates.ShouldBeEmpty();
        offer.Media[0].OtherAttributes.ShouldHaveSingleItem().Name.ShouldBe("candidate");
    }

    [Fact]
    public void FragmentsCarryCandidatesWithTheirMid()
    {
        const string Text =
            "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
            + "a=candidate:1 1 udp 2130706431 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n";
        SdpFragment.TryParse(Text, out var fragment, out _).ShouldBeTrue();
        fragment!.IceUfrag.ShouldBe("EsAw");
        var trickled = fragment.Candidates.ShouldHaveSingleItem();
        trickled.Mid.ShouldBe("0");
        trickled.Candidate.Port.ShouldBe((ushort)61764);
        fragment.EndOfCandidates.ShouldBeTrue();
        fragment.ToString().ShouldBe(Text);
        SdpFragment.TryParse("a=candidate:x\r\n", out _, out var error).ShouldBeFalse();
        error!.Line.ShouldBe(1);
    }

    [Fact]
    public void FingerprintsCompareWithDigests()
    {
        byte[] digest = [0x0A, 0xFF, 0x10];
        DtlsFingerprint.TryParse("SHA-256 0a:ff:10", out var fingerprint).ShouldBeTrue();
        fingerprint.ShouldBe(DtlsFingerprint.FromDigest("sha-256", digest));
        fingerprint!.Matches(digest).ShouldBeTrue();
        fingerprint.Matches([0x0A, 0xFF, 0x11]).ShouldBeFalse();
        fingerprint.Matches([0x0A]).ShouldBeFalse();
    }

    /// <summary>Case and spaces that carry no meaning, and ports and protocols that candidates spell either way.</summary>
    private static string Normalised(string line) =>
        line.StartsWith("a=candidate", StringComparison.Ordinal) ? line.ToUpperInvariant()
        : line.Contains("G722/8000/1", StringComparison.Ordinal) || line.Contains("telephone-event/8000/1", StringComparison.Ordinal)
            ? line[..^2]
        : line.Trim();
}
