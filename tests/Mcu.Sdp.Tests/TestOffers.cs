using System.Reflection;
using Mcu.Media.Network;
using Mcu.Sdp.Negotiation;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

/// <summary>Offers as real clients write them, and the local side that answers them in these tests.</summary>
internal static class TestOffers
{
    public static readonly string[] Names =
    [
        "chromium",
        "chromium-whip",
        "chromium-whep",
        "firefox",
        "safari",
        "aiortc",
        "pion-whip",
        "gstreamer",
    ];

    public static TheoryData<string> All => [.. Names];

    public static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{name}.sdp").ShouldNotBeNull();
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    public static SessionDescription Load(string name) => Parse(Text(name));

    public static SessionDescription Parse(string text)
    {
        SessionDescription.TryParse(text, out var description, out var error).ShouldBeTrue(error?.ToString());
        return description.ShouldNotBeNull();
    }

    public static LocalTransport Transport(string ufrag = "srv1") =>
        new()
        {
            Ice = new IceCredentials(ufrag, "0123456789abcdefghijklmn"),
            Fingerprint = DtlsFingerprint.FromDigest("sha-256", [.. Enumerable.Range(0, 32).Select(i => (byte)i)]),
            IceLite = true,
            Candidates =
            [
                new IceCandidate("1", 1, PathTransport.Udp, 2130706431, "192.0.2.1", 7000, IceCandidateType.Host),
                new IceCandidate("2", 1, PathTransport.Tcp, 1671430143, "192.0.2.1", 7000, IceCandidateType.Host)
                {
                    TcpType = IceTcpType.Passive,
                },
            ],
        };

    public static LocalIdentity Identity(uint firstSsrc = 1000) =>
        new()
        {
            SessionId = 42,
            Cname = "mcu",
            StreamId = "mix",
            NextSsrc = () => firstSsrc++,
        };

    public static AnswerContext Context(SessionPolicy? policy = null, NegotiatedSession? previous = null) =>
        new()
        {
            Transport = Transport(),
            Identity = Identity(),
            Policy = policy ?? SessionPolicy.Full,
            Previous = previous,
        };

    public static SdpAnswer Answer(SessionDescription offer, AnswerContext? context = null)
    {
        OfferAnswer.TryAnswer(offer, context ?? Context(), out var answer, out var error).ShouldBeTrue(error?.ToString());
        return answer.ShouldNotBeNull();
    }

    public static SdpError Refusal(string offer)
    {
        OfferAnswer.TryAnswer(Parse(offer), Context(), out _, out var error).ShouldBeFalse();
        return error.ShouldNotBeNull();
    }
}
