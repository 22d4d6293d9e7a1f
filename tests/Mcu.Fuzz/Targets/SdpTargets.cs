using System.Text;
using System.Text.Json;
using Mcu.Media.Network;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;

namespace Mcu.Fuzz.Targets;

/// <summary>Session descriptions and their parts: what was read, written, and read again is the same.</summary>
internal static class SdpTargets
{
    public static void Description(ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetString(input);
        var accepted = SessionDescription.TryParse(text, out var description, out var error);
        Oracle.Holds(accepted == (description is not null) && accepted == (error is null), "neither read nor refused");
        var written = description?.ToString();
        if (written is { Length: <= SessionDescription.MaxLength })
        {
            Oracle.Holds(SessionDescription.TryParse(written, out var again, out error), $"what was written is refused: {error}");
            Oracle.Equal(Shape(again!), Shape(description!), "description");
            Oracle.Equal(again!.ToString(), written, "text");
        }
    }

    /// <summary>Every offer is answered, section by section, or refused with a reason.</summary>
    public static void Answer(ReadOnlySpan<byte> input)
    {
        if (!SessionDescription.TryParse(Encoding.UTF8.GetString(input), out var offer, out _))
        {
            return;
        }

        var answered = OfferAnswer.TryAnswer(offer!, NewContext(), out var answer, out var error);
        Oracle.Holds(answered == (answer is not null) && answered == (error is null), "neither answered nor refused");
        if (answered)
        {
            Oracle.Holds(SessionDescription.TryParse(answer!.Text, out var parsed, out error), $"an answer is not read: {error}");
            Oracle.Equal(parsed!.Media.Count, offer!.Media.Count, "sections of the answer");
        }
    }

    public static void Fragment(ReadOnlySpan<byte> input)
    {
        var accepted = SdpFragment.TryParse(Encoding.UTF8.GetString(input), out var fragment, out var error);
        Oracle.Holds(accepted == (fragment is not null) && accepted == (error is null), "neither read nor refused");
        var written = fragment?.ToString();
        if (written is { Length: <= SdpFragment.MaxLength })
        {
            Oracle.Holds(SdpFragment.TryParse(written, out var again, out error), $"what was written is refused: {error}");
            Oracle.Equal(Shape(again!), Shape(fragment!), "fragment");
        }
    }

    public static void Candidate(ReadOnlySpan<byte> input)
    {
        if (IceCandidate.TryParse(Encoding.UTF8.GetString(input), out var candidate))
        {
            var written = candidate!.ToString();
            if (written.Length <= IceCandidate.MaxLength)
            {
                Oracle.Holds(IceCandidate.TryParse(written, out var again), "a written candidate is refused");
                Oracle.Equal(again, candidate, "candidate");
            }
        }
    }

    /// <summary>All there is to know of a description; lines of different types stand in any order.</summary>
    private static string Shape(SessionDescription description)
    {
        Sort(description.OtherLines, line => line.Type);
        foreach (var media in description.Media)
        {
            Sort(media.OtherLines, line => line.Type);
        }

        return JsonSerializer.Serialize(description);
    }

    /// <summary>The same of a fragment; sections stand in any order.</summary>
    private static string Shape(SdpFragment fragment)
    {
        Sort(fragment.Candidates, candidate => candidate.Mid ?? "");
        return JsonSerializer.Serialize(fragment);
    }

    private static void Sort<T, TKey>(IList<T> items, Func<T, TKey> key)
    {
        var sorted = items.OrderBy(key).ToList();
        for (var i = 0; i < sorted.Count; i++)
        {
            items[i] = sorted[i];
        }
    }

    private static AnswerContext NewContext()
    {
        uint ssrc = 1000;
        return new AnswerContext
        {
            Transport = new LocalTransport
            {
                Ice = new IceCredentials("srv1", "0123456789abcdefghijklmn"),
                Fingerprint = DtlsFingerprint.FromDigest("sha-256", new byte[32]),
                IceLite = true,
                Candidates = [new IceCandidate("1", 1, PathTransport.Udp, 1, "192.0.2.1", 7000, IceCandidateType.Host)],
            },
            Identity = new LocalIdentity
            {
                SessionId = 42,
                Cname = "mcu",
                StreamId = "mix",
                NextSsrc = () => ssrc++,
            },
            Policy = SessionPolicy.Full,
        };
    }
}
