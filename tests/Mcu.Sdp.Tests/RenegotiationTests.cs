using Mcu.Sdp.Negotiation;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

public class RenegotiationTests
{
    [Fact]
    public void StreamsKeepTheirSsrcsAndVersionGrows()
    {
        var offer = TestOffers.Load("chromium");
        var first = TestOffers.Answer(offer);
        var context = TestOffers.Context(previous: first.Session) with { Identity = TestOffers.Identity(firstSsrc: 9000) };
        var second = TestOffers.Answer(offer, context);
        second.Session.Media.Select(media => media.Local).ShouldBe(first.Session.Media.Select(media => media.Local));
        second.Session.LocalVersion.ShouldBe(2ul);
        second.Description.Origin.SessionVersion.ShouldBe(2ul);
        second.Session.IceRestarted.ShouldBeFalse();
        second.Session.DtlsRestarted.ShouldBeFalse();
    }

    [Fact]
    public void AScreenShareJoinsLater()
    {
        var text = TestOffers.Text("safari");
        var first = TestOffers.Answer(TestOffers.Parse(text));
        var second = TestOffers.Answer(TestOffers.Parse(AnswerTests.WithMoreVideo(text, "2")), TestOffers.Context(previous: first.Session));
        second.Session.Find(MediaPurpose.Screen).ShouldNotBeNull().Index.ShouldBe(2);
        second.Session.Find(MediaPurpose.Screen)!.Receives.ShouldBeTrue();
    }

    [Fact]
    public void ThePurposeStaysWithItsSection()
    {
        var text = AnswerTests.WithMoreVideo(TestOffers.Text("safari"), "2");
        var first = TestOffers.Answer(TestOffers.Parse(text));
        var offer = TestOffers.Parse(text);
        offer.Media[1].Port = 0;
        var second = TestOffers.Answer(offer, TestOffers.Context(previous: first.Session));
        second.Session.Media.Select(media => media.Purpose).ShouldBe([MediaPurpose.Audio, MediaPurpose.None, MediaPurpose.Screen]);
    }

    [Fact]
    public void IceRestartIsSeenBeforeAndAfterTheAnswer()
    {
        var first = TestOffers.Answer(TestOffers.Load("chromium"));
        OfferAnswer.IsIceRestart(TestOffers.Load("chromium"), first.Session).ShouldBeFalse();
        var restart = TestOffers.Parse(
            TestOffers.Text("chromium").Replace("a=ice-ufrag:N1vq", "a=ice-ufrag:9zzz", StringComparison.Ordinal)
        );
        OfferAnswer.IsIceRestart(restart, first.Session).ShouldBeTrue();
        var context = TestOffers.Context(previous: first.Session) with { Transport = TestOffers.Transport("srv2") };
        var second = TestOffers.Answer(restart, context);
        second.Session.IceRestarted.ShouldBeTrue();
        second.Session.DtlsRestarted.ShouldBeFalse();
        second.Description.Media[0].Transport.IceUfrag.ShouldBe("srv2");
    }

    [Fact]
    public void TheDtlsRoleStaysWhileTheAssociationLives()
    {
        var passive = TestOffers.Text("aiortc").Replace("a=setup:actpass", "a=setup:passive", StringComparison.Ordinal);
        var first = TestOffers.Answer(TestOffers.Parse(passive));
        var second = TestOffers.Answer(TestOffers.Load("aiortc"), TestOffers.Context(previous: first.Session));
        second.Session.DtlsRole.ShouldBe(DtlsRole.Client);
    }

    [Fact]
    public void MissingOrMovedSectionsAreRefused()
    {
        var first = TestOffers.Answer(TestOffers.Load("chromium"));
        var shorter = TestOffers.Load("chromium");
        shorter.Media.RemoveAt(1);
        OfferAnswer.TryAnswer(shorter, TestOffers.Context(previous: first.Session), out _, out var error).ShouldBeFalse();
        error!.Message.ShouldContain("port 0");
        var swapped = TestOffers.Load("chromium");
        (swapped.Media[0], swapped.Media[1]) = (swapped.Media[1], swapped.Media[0]);
        OfferAnswer.TryAnswer(swapped, TestOffers.Context(previous: first.Session), out _, out error).ShouldBeFalse();
        error!.Message.ShouldContain("order");
    }
}
