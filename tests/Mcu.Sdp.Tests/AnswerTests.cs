using Mcu.Media.Codecs;
using Mcu.Sdp.Negotiation;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

public class AnswerTests
{
    public static TheoryData<string> Offers => TestOffers.All;

    [Theory]
    [MemberData(nameof(Offers))]
    public void AnswersKeepToTheOffer(string name)
    {
        var offer = TestOffers.Load(name);
        var answer = TestOffers.Parse(TestOffers.Answer(offer).Text);
        answer.Media.Count.ShouldBe(offer.Media.Count);
        foreach (var (remote, local) in offer.Media.Zip(answer.Media))
        {
            local.Mid.ShouldBe(remote.Mid);
            local.Media.ShouldBe(remote.Media);
            local.Protocol.ShouldBe(remote.Protocol);
            local.Formats.ShouldAllBe(format => remote.Format(format.PayloadType) != null);
            local.Extensions.ShouldAllBe(mine => remote.Extensions.Any(theirs => theirs.Id == mine.Id && theirs.Uri == mine.Uri));
            (local.Direction.Sends() && !remote.Direction.Receives()).ShouldBeFalse();
            (local.Direction.Receives() && !remote.Direction.Sends()).ShouldBeFalse();
            if (!local.IsRejected)
            {
                answer.BundledMids.Contains(local.Mid!, StringComparer.Ordinal).ShouldBeTrue();
                local.RtcpMux.ShouldBeTrue();
                local.Transport.Setup.ShouldBe(DtlsSetup.Passive);
                local.Transport.IceUfrag.ShouldBe("srv1");
            }
        }

        answer.IceLite.ShouldBeTrue();
        answer.Media[0].Transport.Candidates.Count.ShouldBe(2);
    }

    [Fact]
    public void ChromiumGetsAudioAndVideoBothWays()
    {
        var session = TestOffers.Answer(TestOffers.Load("chromium")).Session;
        session.DtlsRole.ShouldBe(DtlsRole.Server);
        session.RemoteIce.ShouldBe(new IceCredentials("N1vq", "tkxOARt/vjl8fKmyku6kVqM4"));
        session.RemoteCandidates.Count.ShouldBe(8);
        var audio = session.Find(MediaPurpose.Audio).ShouldNotBeNull();
        audio.Receives.ShouldBeTrue();
        audio.Sends.ShouldBeTrue();
        audio.AudioCodecs.Select(codec => codec.Codec).ShouldBe([AudioCodec.Opus, AudioCodec.G722, AudioCodec.Pcmu, AudioCodec.Pcma]);
        audio.SendAudioCodec!.Opus.InbandFec.ShouldBeTrue();
        audio.Extensions.ShouldBe(new ExtensionIds(4, 1, 2, 3, 0));
        audio.RemoteSources.ShouldHaveSingleItem().ShouldBe(new RemoteSource(2440769822, null, "2udI5PKSICC9uF8E"));
        var video = session.Find(MediaPurpose.Video).ShouldNotBeNull();
        video.Extensions.ShouldBe(new ExtensionIds(4, 0, 2, 3, 13));
        video.RemoteSources.ShouldHaveSingleItem().RtxSsrc.ShouldBe(561429335u);
        video.SendVideoCodec!.Codec.ShouldBe(VideoCodec.Vp8);
        video.SendVideoCodec.RtxPayloadType.ShouldBe((byte)97);
        video.Feedback.ShouldBe(
            FeedbackKinds.Nack | FeedbackKinds.Pli | FeedbackKinds.Fir | FeedbackKinds.Remb | FeedbackKinds.TransportCc
        );
        video.VideoCodecs.Where(codec => codec.Codec == VideoCodec.Vp9).ShouldHaveSingleItem().PayloadType.ShouldBe((byte)98);
        video.VideoCodecs.Where(codec => codec is { Codec: VideoCodec.H264, Sendable: true }).Count().ShouldBe(3);
        video.Local!.RtxSsrc.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("chromium")]
    [InlineData("chromium-whep")]
    [InlineData("safari")]
    public void RedIsKeptBehindOpus(string name)
    {
        var answer = TestOffers.Answer(TestOffers.Load(name));
        var codec = answer.Session.Find(MediaPurpose.Audio)!.AudioCodecs[0];
        (codec.Codec, codec.RedPayloadType).ShouldBe((AudioCodec.Opus, (byte?)63));
        var written = TestOffers.Parse(answer.Text).Media[0];
        written.Formats.Take(2).Select(format => format.PayloadType).ShouldBe([(byte)111, (byte)63]);
        written.Format(63)!.Is("red").ShouldBeTrue();
        (written.Format(63)!.ClockRate, written.Format(63)!.Channels).ShouldBe((48_000, 2));
        written.Format(63)!.Parameters.Text.ShouldBe("111/111");
    }

    [Fact]
    public void WhoPutsRedFirstWantsToSendIt()
    {
        var offer = TestOffers.Load("chromium");
        var red = offer.Media[0].Format(63)!;
        offer.Media[0].Formats.Remove(red);
        offer.Media[0].Formats.Insert(0, red);
        var answer = TestOffers.Answer(offer);
        answer.Description.Media[0].Formats.Take(2).Select(format => format.PayloadType).ShouldBe([(byte)63, (byte)111]);
        answer.Session.Find(MediaPurpose.Audio)!.SendAudioCodec!.Codec.ShouldBe(AudioCodec.Opus);
    }

    [Theory]
    [InlineData("a=fmtp:63 111/111", "a=fmtp:63 111/0")]
    [InlineData("a=fmtp:63 111/111", "a=fmtp:63 111")]
    [InlineData("a=fmtp:63 111/111", "a=fmtp:63 111/367")]
    [InlineData("a=fmtp:63 111/111\r\n", "")]
    [InlineData("a=rtpmap:63 red/48000/2", "a=rtpmap:63 red/8000/2")]
    public void RedOfAnythingButOpusIsLeftOut(string part, string replacement)
    {
        var offer = TestOffers.Text("chromium").Replace(part, replacement, StringComparison.Ordinal);
        var answer = TestOffers.Answer(TestOffers.Parse(offer));
        answer.Session.Find(MediaPurpose.Audio)!.AudioCodecs[0].RedPayloadType.ShouldBeNull();
        answer.Description.Media[0].Format(63).ShouldBeNull();
    }

    [Fact]
    public void FirefoxExtensionDirectionsAreMirrored()
    {
        var offer = TestOffers.Text("firefox").Replace("a=extmap:1 ", "a=extmap:1/sendonly ", StringComparison.Ordinal);
        var answer = TestOffers.Answer(TestOffers.Parse(offer));
        var level = answer.Description.Media[0].Extensions.Single(extension => extension.Uri == HeaderExtensionUri.AudioLevel);
        level.Direction.ShouldBe(MediaDirection.RecvOnly);
        answer.Session.Find(MediaPurpose.Audio)!.SendAudioCodec!.Opus.Stereo.ShouldBeTrue();
        answer.Session.Find(MediaPurpose.Video)!.SendVideoCodec!.Parameters.Number("max-fs").ShouldBe(12288);
    }

    [Fact]
    public void WhipIsReceiveOnlyAndWhepSendOnly()
    {
        var whip = TestOffers.Answer(TestOffers.Load("pion-whip"));
        whip.Description.Media.ShouldAllBe(media => media.Direction == MediaDirection.RecvOnly && media.SsrcAttributes.Count == 0);
        whip.Session.Media.ShouldAllBe(media => media.Receives && !media.Sends);
        var whep = TestOffers.Answer(TestOffers.Load("chromium-whep"));
        whep.Session.Media.Take(2).ShouldAllBe(media => !media.Receives && media.Sends);
        whep.Description.Media[1].SsrcGroups.ShouldHaveSingleItem().Semantics.ShouldBe("FID");
    }

    [Fact]
    public void DataChannelsAndThirdVideosAreRejectedInPlace()
    {
        var whep = TestOffers.Answer(TestOffers.Load("chromium-whep")).Description;
        whep.Media[2].IsRejected.ShouldBeTrue();
        whep.Media[2].NonRtpFormats.ShouldBe("webrtc-datachannel");
        whep.BundledMids.ShouldBe(["0", "1"]);

        var offer = WithMoreVideo(WithMoreVideo(TestOffers.Text("safari"), "2"), "3");
        var session = TestOffers.Answer(TestOffers.Parse(offer)).Session;
        session
            .Media.Select(media => media.Purpose)
            .ShouldBe([MediaPurpose.Audio, MediaPurpose.Video, MediaPurpose.Screen, MediaPurpose.None]);
        session.Media[2].Sends.ShouldBeFalse();
        session.Media[2].Receives.ShouldBeTrue();
    }

    [Fact]
    public void H264ProfilesAreKept()
    {
        var answer = TestOffers.Answer(TestOffers.Load("safari"));
        answer.Description.Media[1].Format(96)!.Parameters.Value("profile-level-id").ShouldBe("640c1f");
        answer.Session.Media[1].VideoCodecs[0].H264!.Value.Profile.ShouldBe(H264Profile.ConstrainedHigh);
        answer.Session.Media[1].VideoCodecs[0].H264!.Value.MaxFrameMacroblocks.ShouldBe(3600);
        answer.Session.Media[1].MaxSendBitrateBps.ShouldBe(2_000_000);
        H264ProfileLevel.TryParse("42e0", out _).ShouldBeFalse();
    }

    [Fact]
    public void SingleNalModeIsTakenButNotSent()
    {
        var offer = TestOffers.Text("gstreamer").Replace("packetization-mode=1", "packetization-mode=0", StringComparison.Ordinal);
        var video = TestOffers.Answer(TestOffers.Parse(offer)).Session.Find(MediaPurpose.Video)!;
        video.Receives.ShouldBeTrue();
        video.Sends.ShouldBeFalse();
        video.SendVideoCodec.ShouldBeNull();
    }

    [Fact]
    public void BundleOnlySectionsWithPortZeroAreAccepted() =>
        TestOffers.Answer(TestOffers.Load("gstreamer")).Session.Media.ShouldAllBe(media => !media.Rejected);

    [Fact]
    public void TheTaggedSectionGivesTheTransport()
    {
        var session = TestOffers.Answer(TestOffers.Load("aiortc")).Session;
        session.RemoteIce.Ufrag.ShouldBe("XvQk");
        session.RemoteCandidates.ShouldHaveSingleItem().Port.ShouldBe((ushort)38274);
        session.RemoteEndOfCandidates.ShouldBeTrue();
    }

    [Fact]
    public void PassiveOfferersAreCalledByUs()
    {
        var offer = TestOffers.Text("aiortc").Replace("a=setup:actpass", "a=setup:passive", StringComparison.Ordinal);
        var answer = TestOffers.Answer(TestOffers.Parse(offer));
        answer.Session.DtlsRole.ShouldBe(DtlsRole.Client);
        answer.Description.Media[0].Transport.Setup.ShouldBe(DtlsSetup.Active);
    }

    [Fact]
    public void PoliciesBoundWhatFlows()
    {
        var viewer = TestOffers.Answer(TestOffers.Load("chromium"), TestOffers.Context(SessionPolicy.ReceiveOnly));
        viewer.Description.Media.ShouldAllBe(media => media.Direction == MediaDirection.SendOnly);
        var sender = TestOffers.Answer(TestOffers.Load("chromium"), TestOffers.Context(SessionPolicy.SendOnly));
        sender.Description.Media.ShouldAllBe(media => media.Direction == MediaDirection.RecvOnly);
    }

    [Theory]
    [InlineData("a=group:BUNDLE 0 1\r\n", "", "BUNDLE")]
    [InlineData("a=rtcp-mux\r\n", "", "rtcp-mux")]
    [InlineData("UDP/TLS/RTP/SAVPF", "RTP/AVP", "not encrypted")]
    [InlineData("a=fingerprint:", "a=x-fingerprint:", "fingerprint")]
    [InlineData("a=ice-ufrag:", "a=x-ice-ufrag:", "ice-ufrag")]
    [InlineData("a=setup:actpass", "a=setup:holdconn", "holdconn")]
    public void UnservableOffersSayWhatToChange(string part, string replacement, string words) =>
        TestOffers.Refusal(TestOffers.Text("aiortc").Replace(part, replacement, StringComparison.Ordinal)).Message.ShouldContain(words);

    [Fact]
    public void OffersWithoutCommonCodecAreRefused() =>
        TestOffers
            .Refusal("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 18\r\na=mid:0\r\na=rtcp-mux\r\n")
            .Message.ShouldContain("Opus");

    internal static string WithMoreVideo(string offer, string mid)
    {
        var section = offer[offer.IndexOf("m=video", StringComparison.Ordinal)..];
        var end = section.IndexOf("m=", 2, StringComparison.Ordinal);
        section = (end < 0 ? section : section[..end])
            .Replace("a=mid:1\r\n", $"a=mid:{mid}\r\n", StringComparison.Ordinal)
            .Replace("a=ssrc", "a=x-ssrc", StringComparison.Ordinal);
        var bundle = offer.IndexOf("a=group:BUNDLE", StringComparison.Ordinal);
        var bundleEnd = offer.IndexOf("\r\n", bundle, StringComparison.Ordinal);
        return offer.Insert(bundleEnd, $" {mid}") + section;
    }
}
