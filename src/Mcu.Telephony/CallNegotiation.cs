using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Mcu.Media.Codecs;
using Mcu.Sdp;

namespace Mcu.Telephony;

/// <summary>Our end of a call's media, as descriptions name it.</summary>
/// <param name="Address">Where the phone reaches us.</param>
/// <param name="RtpPort">Even; RTCP has the next.</param>
/// <param name="Codecs">What we take, the best first; only an offer of ours shows the order.</param>
public sealed record LocalMedia(IPAddress Address, int RtpPort, IReadOnlyList<AudioCodec> Codecs);

/// <summary>
/// Offer and answer (RFC 3264) of a call without ICE and BUNDLE: one section of sound, over plain RTP (RTP/AVP, RTP/AVPF) or SRTP with keys in the
/// description (RTP/SAVP, RTP/SAVPF). Whatever else is offered is refused section by section; our own offers are of plain RTP.
/// </summary>
public sealed class CallNegotiation(LocalMedia local, ulong sessionId, Action<Span<byte>> random)
{
    private const string TelephoneEvent = "telephone-event";
    private const byte OpusPayloadType = 107;
    private const byte EventPayloadType = 101;
    private const byte WideEventPayloadType = 102;
    private const int PacketTimeMs = 20;

    private static readonly string[] s_plain = ["RTP/AVP", "RTP/AVPF"];
    private static readonly string[] s_secure = ["RTP/SAVP", "RTP/SAVPF"];

    private ulong _version;
    private SessionDescription? _offered; // by us, and not answered yet

    /// <summary>What holds now; null before the first agreement.</summary>
    public AgreedAudio? Agreed { get; private set; }

    /// <summary>Answers an offer: the first, or one that changes the session. A refused offer changes nothing.</summary>
    /// <param name="offer">The phone's description.</param>
    /// <param name="answer">Ours.</param>
    /// <param name="problem">What is wrong with the offer, for people.</param>
    public bool TryAnswer(
        SessionDescription offer,
        [NotNullWhen(true)] out SessionDescription? answer,
        [NotNullWhen(false)] out string? problem
    )
    {
        ArgumentNullException.ThrowIfNull(offer);
        answer = null;
        if (!TryFindSound(offer, out var agreed, out problem))
        {
            return false;
        }

        answer = Begin();
        for (var i = 0; i < offer.Media.Count; i++)
        {
            answer.Media.Add(i == agreed.Index ? Accept(offer, offer.Media[i], agreed) : Refuse(offer.Media[i]));
        }

        Agreed = agreed;
        return true;
    }

    /// <summary>Our offer, for a call of ours or one that came without.</summary>
    public SessionDescription Offer()
    {
        var offer = Begin();
        var sound = Section("RTP/AVP", MediaDirection.SendRecv);
        foreach (var codec in local.Codecs)
        {
            sound.Formats.Add(FormatOf(codec, StaticPayloadTypeOf(codec)));
        }

        sound.Formats.Add(EventFormat(EventPayloadType, 8000));
        if (local.Codecs.Contains(AudioCodec.Opus))
        {
            sound.Formats.Add(EventFormat(WideEventPayloadType, 48000));
        }

        offer.Media.Add(sound);
        _offered = offer;
        return offer;
    }

    /// <summary>Takes the answer to <see cref="Offer"/>.</summary>
    public bool TryAccept(SessionDescription answer, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (_offered is null || answer.Media.Count != 1)
        {
            problem = "The answer does not belong to an offer of one section of sound.";
            return false;
        }

        if (!TryFindSound(answer, out var agreed, out problem))
        {
            return false;
        }

        Agreed = agreed;
        _offered = null;
        return true;
    }

    private SessionDescription Begin()
    {
        var address =
            $"{(local.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "IN IP6" : "IN IP4")} {local.Address}";
        return new SessionDescription { Origin = new SdpOrigin("-", sessionId, ++_version, address), Connection = address };
    }

    private bool TryFindSound(
        SessionDescription description,
        [NotNullWhen(true)] out AgreedAudio? agreed,
        [NotNullWhen(false)] out string? problem
    )
    {
        agreed = null;
        problem = "There is no sound in it: offer one audio section over RTP/AVP with PCMU, PCMA, G722 or opus.";
        for (var i = 0; i < description.Media.Count; i++)
        {
            var media = description.Media[i];
            if (media.Kind != MediaKind.Audio || media.Port == 0)
            {
                continue;
            }

            var isSecure = s_secure.Contains(media.Protocol, StringComparer.OrdinalIgnoreCase);
            SdesKeys? keys = null;
            if (isSecure && !SdesKeys.TryChoose(media, Agreed?.Security, random, out keys))
            {
                problem = "No keys in common: offer a=crypto with AES_CM_128_HMAC_SHA1_80 or AEAD_AES_128_GCM, or RTP/AVP.";
                continue;
            }

            if (!isSecure && !s_plain.Contains(media.Protocol, StringComparer.OrdinalIgnoreCase))
            {
                problem = $"Sound over {media.Protocol} is not taken: offer RTP/AVP or RTP/SAVP.";
                continue;
            }

            if (ChooseCodec(media) is not { } format)
            {
                problem = "No codec in common: offer PCMU, PCMA, G722 or opus.";
                continue;
            }

            problem = null;
            agreed = Agree(description, media, i, format) with { Security = keys };
            return true;
        }

        return false;
    }

    private PayloadFormat? ChooseCodec(MediaDescription media)
    {
        foreach (var format in media.Formats)
        {
            if (AgreedAudio.CodecOf(format, local.Codecs) is not null)
            {
                return format;
            }
        }

        return null;
    }

    private AgreedAudio Agree(SessionDescription description, MediaDescription media, int index, PayloadFormat format)
    {
        var codec = AgreedAudio.CodecOf(format, local.Codecs)!.Value;
        var address = AddressOf(media.Connection ?? description.Connection);
        var isNowhere = address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        var direction = media.Direction;
        return new AgreedAudio
        {
            Index = index,
            Codec = codec,
            PayloadType = format.PayloadType,
            TelephoneEvents = EventsFor(media, codec)?.PayloadType,
            Remote = isNowhere ? null : new IPEndPoint(address!, media.Port),
            RemoteRtcp = isNowhere ? null : new IPEndPoint(address!, RtcpPortOf(media)),
            SharesPort = media.RtcpMux,
            Receives = !isNowhere && direction is MediaDirection.SendRecv or MediaDirection.SendOnly,
            Sends = !isNowhere && direction is MediaDirection.SendRecv or MediaDirection.RecvOnly,
        };
    }

    /// <summary>Keys on the codec's own clock; some phones have them at 8000 Hz beside any codec.</summary>
    private static PayloadFormat? EventsFor(MediaDescription media, AudioCodec codec)
    {
        PayloadFormat? found = null;
        foreach (var format in media.Formats)
        {
            if (format.Is(TelephoneEvent) && (found is null || format.ClockRate == AgreedAudio.ClockRateOf(codec)))
            {
                found = format;
            }
        }

        return found;
    }

    private MediaDescription Accept(SessionDescription offer, MediaDescription media, AgreedAudio agreed)
    {
        var direction = (agreed.Receives, agreed.Sends) switch
        {
            (true, true) => MediaDirection.SendRecv,
            (true, false) => MediaDirection.RecvOnly,
            (false, true) => MediaDirection.SendOnly,
            _ => media.Direction == MediaDirection.SendRecv ? MediaDirection.RecvOnly : MediaDirection.Inactive,
        };
        var sound = Section(media.Protocol, direction);
        sound.RtcpMux = agreed.SharesPort;
        sound.Formats.Add(FormatOf(agreed.Codec, agreed.PayloadType));
        if (agreed.TelephoneEvents is { } events)
        {
            sound.Formats.Add(EventFormat(events, media.Format(events)!.ClockRate));
        }

        if (agreed.Security is { } keys)
        {
            sound.OtherAttributes.Add(keys.ToAttribute());
        }

        return sound;
    }

    private MediaDescription Section(string protocol, MediaDirection direction) =>
        new()
        {
            Media = "audio",
            Port = local.RtpPort,
            Protocol = protocol,
            Direction = direction,
            PacketTimeMs = PacketTimeMs,
        };

    private static MediaDescription Refuse(MediaDescription offered)
    {
        var refused = new MediaDescription
        {
            Media = offered.Media,
            Port = 0,
            Protocol = offered.Protocol,
            NonRtpFormats = offered.NonRtpFormats,
            Direction = MediaDirection.Inactive,
        };
        if (offered.Formats.Count > 0)
        {
            refused.Formats.Add(new PayloadFormat { PayloadType = offered.Formats[0].PayloadType });
        }

        return refused;
    }

    private static PayloadFormat FormatOf(AudioCodec codec, byte payloadType) =>
        new()
        {
            PayloadType = payloadType,
            Encoding = AgreedAudio.NameOf(codec),
            ClockRate = AgreedAudio.ClockRateOf(codec),
            Channels = codec == AudioCodec.Opus ? 2 : 1,
            Parameters = codec == AudioCodec.Opus ? new FormatParameters("useinbandfec=1") : FormatParameters.None,
        };

    private static PayloadFormat EventFormat(byte payloadType, int clockRate) =>
        new()
        {
            PayloadType = payloadType,
            Encoding = TelephoneEvent,
            ClockRate = clockRate,
            Parameters = new FormatParameters("0-15"),
        };

    private static byte StaticPayloadTypeOf(AudioCodec codec) =>
        codec switch
        {
            AudioCodec.Pcmu => 0,
            AudioCodec.Pcma => 8,
            AudioCodec.G722 => 9,
            _ => OpusPayloadType,
        };

    /// <summary>The address of a c= line; null for a name, which nobody but a test writes there.</summary>
    private static IPAddress? AddressOf(string? connection)
    {
        var parts = (connection ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 3 && IPAddress.TryParse(parts[2].Split('/')[0], out var address) ? address : null;
    }

    private static int RtcpPortOf(MediaDescription media)
    {
        if (media.RtcpMux)
        {
            return media.Port;
        }

        foreach (var attribute in media.OtherAttributes)
        {
            if (
                attribute.Name == "rtcp"
                && ushort.TryParse((attribute.Value ?? "").Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                && port > 0
            )
            {
                return port;
            }
        }

        return Math.Min(media.Port + 1, ushort.MaxValue);
    }
}
