using System.Net;
using Mcu.Media.Codecs;
using Mcu.Sdp;

namespace Mcu.Telephony;

/// <summary>The sound of a call as offer and answer settled it.</summary>
public sealed record AgreedAudio
{
    /// <summary>Position of its m-line, from 0.</summary>
    public required int Index { get; init; }

    public required AudioCodec Codec { get; init; }

    public required byte PayloadType { get; init; }

    /// <summary>Payload type of the keys pressed (telephone-event, RFC 4733), or null where the phone sends none.</summary>
    public byte? TelephoneEvents { get; init; }

    /// <summary>Where RTP goes; null for a phone that gave no address, such as 0.0.0.0 of an old hold.</summary>
    public IPEndPoint? Remote { get; init; }

    /// <summary>Where RTCP goes (RFC 3605); null as above.</summary>
    public IPEndPoint? RemoteRtcp { get; init; }

    /// <summary>Keys of SRTP; null for plain RTP.</summary>
    public SdesKeys? Security { get; init; }

    /// <summary>RTP and RTCP share a port (RFC 5761).</summary>
    public bool SharesPort { get; init; }

    /// <summary>The phone sends and we take it.</summary>
    public bool Receives { get; init; }

    /// <summary>We send and the phone takes it.</summary>
    public bool Sends { get; init; }

    /// <summary>The phone put us on hold: it takes nothing, or only what we play to it.</summary>
    public bool IsOnHold => !Receives;

    /// <summary>Hz of the RTP clock; 8000 for G.722 although it samples at 16000 (RFC 3551 section 4.5.2).</summary>
    public int ClockRate => ClockRateOf(Codec);

    /// <summary>What the codec is called in SDP (RFC 3551, RFC 7587).</summary>
    internal static string NameOf(AudioCodec codec) =>
        codec switch
        {
            AudioCodec.Opus => "opus",
            AudioCodec.G722 => "G722",
            AudioCodec.Pcmu => "PCMU",
            AudioCodec.Pcma => "PCMA",
            _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "No such codec."),
        };

    internal static int ClockRateOf(AudioCodec codec) => codec == AudioCodec.Opus ? 48000 : 8000;

    /// <summary>The codec of a payload format, or null where we have none of it.</summary>
    internal static AudioCodec? CodecOf(PayloadFormat format, IReadOnlyList<AudioCodec> codecs)
    {
        foreach (var codec in codecs)
        {
            if (format.Is(NameOf(codec)) && format.ClockRate == ClockRateOf(codec) && (codec == AudioCodec.Opus || format.Channels == 1))
            {
                return codec;
            }
        }

        return null;
    }
}
