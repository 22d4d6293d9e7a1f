using CsCheck;
using Mcu.Sdp.Negotiation;
using Shouldly;
using Xunit;

namespace Mcu.Sdp.Tests;

public class HostileInputTests
{
    public static TheoryData<string> Offers => TestOffers.All;

    [Theory]
    [MemberData(nameof(Offers))]
    public void EveryTruncationIsReadOrRefused(string name)
    {
        var text = TestOffers.Text(name);
        for (var length = 0; length <= text.Length; length++)
        {
            var parsed = SessionDescription.TryParse(text.AsSpan(0, length), out _, out var error);
            (error is null).ShouldBe(parsed);
            if (length % 16 == 0)
            {
                Survive(text.AsSpan(0, length));
            }
        }
    }

    [Fact]
    public void MutatedOffersNeverThrow()
    {
        var random = new Random(20260101);
        var offers = TestOffers.Names.Select(TestOffers.Text).ToArray();
        for (var round = 0; round < 1500; round++)
        {
            Survive(Mutate(offers[round % offers.Length], random));
        }
    }

    [Fact]
    public void ShuffledLinesNeverThrow()
    {
        var random = new Random(7);
        foreach (var name in TestOffers.Names)
        {
            var lines = TestOffers.Text(name).Split("\r\n");
            for (var round = 0; round < 20; round++)
            {
                random.Shuffle(lines.AsSpan(4));
                Survive(string.Join("\r\n", lines));
            }
        }
    }

    [Fact]
    public void ArbitraryTextNeverThrows() => Gen.String.Sample(text => Survive(text), iter: 2000);

    [Fact]
    public void MutatedFragmentsNeverThrow()
    {
        const string Text =
            "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 ::1 6 typ host\r\n";
        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var parsed = SdpFragment.TryParse(Mutate(Text, random), out var fragment, out var error);
            (fragment is not null).ShouldBe(parsed);
            (error is null).ShouldBe(parsed);
        }
    }

    /// <summary>The oracle: read or refused with a reason; what was read is written and read the same; and it is answered or refused with a reason.</summary>
    private static void Survive(ReadOnlySpan<char> text)
    {
        if (!SessionDescription.TryParse(text, out var description, out var error))
        {
            error.ShouldNotBeNull();
            return;
        }

        var written = description!.ToString();
        TestOffers.Parse(written).ToString().ShouldBe(written);
        var answered = OfferAnswer.TryAnswer(description, TestOffers.Context(), out var answer, out var refusal);
        (refusal is null).ShouldBe(answered);
        if (answered)
        {
            TestOffers.Parse(answer!.Text).Media.Count.ShouldBe(description.Media.Count);
        }
    }

    private static string Mutate(string text, Random random)
    {
        var characters = text.ToCharArray().ToList();
        for (var edits = random.Next(1, 6); edits > 0 && characters.Count > 0; edits--)
        {
            var at = random.Next(characters.Count);
            switch (random.Next(4))
            {
                case 0:
                    characters[at] = (char)random.Next(128);
                    break;
                case 1:
                    characters.RemoveAt(at);
                    break;
                case 2:
                    characters.InsertRange(at, characters.GetRange(at, Math.Min(random.Next(200), characters.Count - at)));
                    break;
                default:
                    characters.RemoveRange(at, Math.Min(random.Next(200), characters.Count - at));
                    break;
            }
        }

        return new string([.. characters]);
    }
}
