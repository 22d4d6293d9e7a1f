using CsCheck;
using Mcu.Media.Codecs;
using Mcu.Sdp.Negotiation;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

public class OfferBuilderTests
{
    [Fact]
    public void BothSidesAgree()
    {
        var builder = new OfferBuilder(TestOffers.Identity(50));
        builder.AddAudio();
        builder.AddVideo();
        builder.AddScreen();
        var (client, server) = Negotiate(builder, TestOffers.Context());
        client.DtlsRole.ShouldBe(DtlsRole.Client);
        server.DtlsRole.ShouldBe(DtlsRole.Server);
        client.RemoteIceLite.ShouldBeTrue();
        client.RemoteFingerprints.ShouldBe([TestOffers.Transport().Fingerprint]);
        foreach (var (ours, theirs) in client.Media.Zip(server.Media))
        {
            ours.Purpose.ShouldBe(theirs.Purpose);
            ours.Sends.ShouldBe(theirs.Receives);
            ours.Receives.ShouldBe(theirs.Sends);
            ours.Extensions.ShouldBe(theirs.Extensions);
            ours.Feedback.ShouldBe(theirs.Feedback);
            theirs.RemoteSources.ShouldHaveSingleItem().Ssrc.ShouldBe(ours.Local!.Ssrc);
            ours.AudioCodecs.Select(codec => (codec.PayloadType, codec.RedPayloadType))
                .ShouldBe(theirs.AudioCodecs.Select(codec => (codec.PayloadType, codec.RedPayloadType)));
            ours.VideoCodecs.Select(codec => (codec.PayloadType, codec.RtxPayloadType))
                .ShouldBe(theirs.VideoCodecs.Select(codec => (codec.PayloadType, codec.RtxPayloadType)));
        }

        client
            .Media[1]
            .RemoteSources.ShouldHaveSingleItem()
            .ShouldBe(new RemoteSource(server.Media[1].Local!.Ssrc, server.Media[1].Local!.RtxSsrc, "mcu"));
        client.Media[2].RemoteSources.ShouldBeEmpty();
        client.Media[0].AudioCodecs[0].RedPayloadType.ShouldBe((byte)63);
    }

    [Fact]
    public void WhoDoesNotKnowRedAgreesOnNone()
    {
        var builder = new OfferBuilder(TestOffers.Identity(50), new LocalCapabilities { Red = false });
        builder.AddAudio();
        var (client, server) = Negotiate(builder, TestOffers.Context());
        client.Media[0].AudioCodecs[0].RedPayloadType.ShouldBeNull();
        server.Media[0].AudioCodecs[0].RedPayloadType.ShouldBeNull();
    }

    [Fact]
    public void LaterOffersTurnTheCameraOnAndStopSections()
    {
        var builder = new OfferBuilder(TestOffers.Identity(50));
        builder.AddAudio();
        var camera = builder.AddVideo(MediaDirection.RecvOnly);
        var (_, first) = Negotiate(builder, TestOffers.Context());
        first.Media[camera].Receives.ShouldBeFalse();
        builder.SetDirection(camera, MediaDirection.SendRecv);
        var (_, second) = Negotiate(builder, TestOffers.Context(previous: first));
        second.Media[camera].Receives.ShouldBeTrue();
        second.Media[camera].Local.ShouldBe(first.Media[camera].Local);
        builder.Stop(camera);
        var (client, third) = Negotiate(builder, TestOffers.Context(previous: second));
        third.Media[camera].Rejected.ShouldBeTrue();
        client.Media[camera].Rejected.ShouldBeTrue();
        third.LocalVersion.ShouldBe(3ul);
    }

    [Fact]
    public void AnswersOfAnotherShapeAreRefused()
    {
        var builder = new OfferBuilder(TestOffers.Identity(50));
        builder.AddAudio();
        builder.Build(TestOffers.Transport("bot1"));
        builder.TryReadAnswer(TestOffers.Load("chromium"), out _, out var error).ShouldBeFalse();
        error!.Message.ShouldContain("2 media sections");
        Should.Throw<InvalidOperationException>(() => new OfferBuilder(TestOffers.Identity()).AddScreen());
    }

    /// <summary>Whatever a client of ours can do and whatever the server lets it, both read the same session from the exchange.</summary>
    [Fact]
    public void AnyCapabilitiesAndPolicyLeadToTheSameSessionOnBothSides()
    {
        var audio = Gen.Shuffle(Enum.GetValues<AudioCodec>()).SelectMany(all => Gen.Int[1, all.Length].Select(count => all[..count]));
        var video = Gen.Shuffle(Enum.GetValues<VideoCodec>()).SelectMany(all => Gen.Int[1, all.Length].Select(count => all[..count]));
        var capabilities = Gen.Select(audio, video, Gen.Bool, Gen.Bool, Gen.Bool)
            .Select(
                (a, v, rtx, fec, transportCc) =>
                    new LocalCapabilities
                    {
                        Audio = a,
                        Video = v,
                        Rtx = rtx,
                        VideoFec = fec,
                        TransportCc = transportCc,
                    }
            );
        var policy = Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool)
            .Select(
                (a, b, c, d, e) =>
                    new SessionPolicy
                    {
                        TakesAudio = a,
                        TakesVideo = b,
                        TakesScreen = c,
                        GivesAudio = d,
                        GivesVideo = e,
                    }
            );
        Gen.Select(capabilities, policy, Gen.Enum<MediaDirection>(), Gen.Enum<MediaDirection>())
            .Sample(
                (mine, allowed, audioDirection, videoDirection) =>
                {
                    var builder = new OfferBuilder(TestOffers.Identity(50), mine);
                    builder.AddAudio(audioDirection);
                    builder.AddVideo(videoDirection);
                    builder.AddScreen();
                    var (client, server) = Negotiate(builder, TestOffers.Context(allowed));
                    foreach (var (ours, theirs) in client.Media.Zip(server.Media))
                    {
                        ours.Sends.ShouldBe(theirs.Receives);
                        ours.Receives.ShouldBe(theirs.Sends);
                        ours.AudioCodecs.Select(codec => codec.Codec).ShouldBe(mine.Audio.Where(_ => ours.Kind == MediaKind.Audio));
                        ours.VideoCodecs.Select(codec => codec.Codec).ShouldBe(mine.Video.Where(_ => ours.Kind == MediaKind.Video));
                        ours.Extensions.ShouldBe(theirs.Extensions);
                        ours.VideoFec.ShouldBe(theirs.VideoFec);
                        var hasFec = ours.Kind == MediaKind.Video && mine.VideoFec && mine.Video.Any(codec => codec != VideoCodec.H264);
                        (ours.VideoFec is not null).ShouldBe(hasFec && !ours.Rejected);
                    }
                },
                iter: 300
            );
    }

    private static (NegotiatedSession Client, NegotiatedSession Server) Negotiate(OfferBuilder builder, AnswerContext context)
    {
        var offer = TestOffers.Parse(builder.Build(TestOffers.Transport("bot1") with { IceLite = false }).ToString());
        var answer = TestOffers.Answer(offer, context);
        builder.TryReadAnswer(TestOffers.Parse(answer.Text), out var client, out var error).ShouldBeTrue(error?.ToString());
        return (client.ShouldNotBeNull(), answer.Session);
    }
}
