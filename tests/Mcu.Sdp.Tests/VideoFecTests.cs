using Mcu.Sdp.Negotiation;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

public class VideoFecTests
{
    private static SdpAnswer Answer(string offer) => TestOffers.Answer(TestOffers.Parse(offer));

    [Fact]
    public void ChromiumsRedItsRtxAndUlpfecAreTakenBehindTheCodecs()
    {
        var answer = TestOffers.Answer(TestOffers.Load("chromium"));
        answer.Session.Find(MediaPurpose.Video)!.VideoFec.ShouldBe(new NegotiatedVideoFec(118, 120, 119));
        answer.Session.Find(MediaPurpose.Audio)!.VideoFec.ShouldBeNull();
        var video = TestOffers.Parse(answer.Text).Media.Single(media => media.Kind == MediaKind.Video);
        video.Formats[0].Encoding.ShouldBe("VP8");
        video.Formats.Skip(video.Formats.Count - 3).Select(format => format.Encoding).ShouldBe(["red", "rtx", "ulpfec"]);
        video.Format(119)!.Parameters.Number("apt").ShouldBe(118);
        video.Format(118)!.ClockRate.ShouldBe(90000);
        video.Format(118)!.Feedback.ShouldBeEmpty();
        video.Formats.ShouldNotContain(format => format.Is("flexfec-03"));
    }

    [Theory]
    [InlineData("chromium-whip", true)]
    [InlineData("chromium-whep", true)]
    [InlineData("firefox", false)] // offers none
    [InlineData("safari", false)] // has no RTX for RED, so it could repeat nothing
    [InlineData("aiortc", false)]
    [InlineData("pion-whip", false)]
    [InlineData("gstreamer", false)]
    public void WhoCanHaveIt(string offer, bool has) =>
        (TestOffers.Answer(TestOffers.Load(offer)).Session.Find(MediaPurpose.Video)!.VideoFec is not null).ShouldBe(has);

    [Theory]
    [InlineData("a=rtpmap:118 red/90000", "a=rtpmap:118 blue/90000")]
    [InlineData("a=rtpmap:120 ulpfec/90000", "a=rtpmap:120 flexfec/90000")]
    [InlineData("a=rtpmap:120 ulpfec/90000", "a=rtpmap:120 ulpfec/8000")]
    [InlineData("a=fmtp:119 apt=118", "a=fmtp:119 apt=117")]
    public void HalfOfItIsNothing(string line, string instead)
    {
        var offer = TestOffers.Text("chromium").Replace(line, instead, StringComparison.Ordinal);
        offer.ShouldContain(instead);
        var answer = Answer(offer);
        answer.Session.Find(MediaPurpose.Video)!.VideoFec.ShouldBeNull();
        answer.Description.Media.SelectMany(media => media.Formats).ShouldNotContain(format => format.Is("ulpfec"));
    }

    [Fact]
    public void WithoutItNothingIsSaidOfIt()
    {
        var capabilities = LocalCapabilities.Default with { VideoFec = false };
        var context = TestOffers.Context() with { Capabilities = capabilities };
        TestOffers.Answer(TestOffers.Load("chromium"), context).Session.Find(MediaPurpose.Video)!.VideoFec.ShouldBeNull();
        var builder = new OfferBuilder(TestOffers.Identity(), capabilities);
        builder.AddVideo();
        builder.Build(TestOffers.Transport()).ToString().ShouldNotContain("red/90000");
    }
}
