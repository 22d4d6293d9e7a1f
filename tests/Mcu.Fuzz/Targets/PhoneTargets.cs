using System.Net;
using System.Text;
using Mcu.Media.Codecs;
using Mcu.Rtp;
using Mcu.Sdp;
using Mcu.Telephony;

namespace Mcu.Fuzz.Targets;

/// <summary>What phones send: keys, and offers without ICE.</summary>
internal static class PhoneTargets
{
    private static readonly LocalMedia s_local = new(
        IPAddress.Loopback,
        10_000,
        [AudioCodec.Opus, AudioCodec.G722, AudioCodec.Pcmu, AudioCodec.Pcma]
    );

    /// <summary>A key is one of sixteen, and the same packet again is none.</summary>
    public static void Event(ReadOnlySpan<byte> input)
    {
        if (!RtpPacket.TryParse(input, out var packet))
        {
            return;
        }

        var events = new TelephoneEvents();
        if (events.TryTake(packet, out var key))
        {
            Oracle.Holds("0123456789*#ABCD".Contains(key, StringComparison.Ordinal), "a key");
        }

        Oracle.Holds(!events.TryTake(packet, out _), "each event once");
    }

    /// <summary>An answer has the offer's sections in their order, one of them taken, and is well-formed; a refusal says why.</summary>
    public static void Offer(ReadOnlySpan<byte> input)
    {
        if (!SessionDescription.TryParse(Encoding.UTF8.GetString(input), out var offer, out _))
        {
            return;
        }

        var negotiation = new CallNegotiation(s_local, 1, static bytes => bytes.Fill(7));
        if (!negotiation.TryAnswer(offer!, out var answer, out var problem))
        {
            Oracle.Holds(problem.Length > 0 && negotiation.Agreed is null, "a reason, and nothing agreed");
            return;
        }

        Oracle.Holds(SessionDescription.TryParse(answer.ToString(), out var again, out _), "the answer is well-formed");
        Oracle.Equal(again!.Media.Count, offer!.Media.Count, "sections");
        Oracle.Equal(again.Media.Count(media => media.Port != 0), 1, "sections taken");
        var agreed = negotiation.Agreed!;
        Oracle.Holds(again.Media[agreed.Index].Port == s_local.RtpPort, "the section taken is the one agreed on");
        Oracle.Holds(offer.Media[agreed.Index].Format(agreed.PayloadType) is not null, "the payload type is one of the offer's");
        Oracle.Holds(agreed.Remote is null || agreed.Remote.Port > 0, "a port to send to");
        Oracle.Holds(agreed.Remote is not null || !agreed.Sends, "nothing is sent nowhere");
    }
}
