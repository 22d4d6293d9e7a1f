using System.Text;
using Mcu.Media;
using Mcu.Rtp;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;

namespace Mcu.WebRtc.Peer;

/// <summary>What a payload type means in a section.</summary>
internal enum PayloadUse
{
    Unknown,
    Media,
    Retransmission,

    /// <summary>RED: a media or FEC packet in a packet.</summary>
    Red,
}

/// <summary>One incoming track: an accepted section whose media we take, over all its SSRCs. Lives as long as the section.</summary>
internal sealed class MediaReceiver
{
    private static readonly TimeSpan KeyframeRequestInterval = TimeSpan.FromMilliseconds(300);

    private readonly PayloadUse[] _uses = new PayloadUse[128];
    private readonly byte[] _originals = new byte[128];
    private RemoteSource[] _sources = [];
    private byte[] _mid = [];
    private MediaTime _lastKeyframeRequest = new(long.MinValue / 2);
    private bool _keyframeWanted;
    private byte _firSequence;

    public MediaReceiver(NegotiatedMedia media)
    {
        Media = media;
        Update(media);
    }

    public NegotiatedMedia Media { get; private set; }

    public MediaPurpose Track => Media.Purpose;

    public ExtensionMap Extensions { get; private set; }

    /// <summary>Hz of the RTP clock. An audio section's codecs all share the clock of the first here: statistics only.</summary>
    public int ClockRateHz => Media.Kind == MediaKind.Video ? 90000 : Media.AudioCodecs[0].ClockRate;

    /// <summary>Retransmission is for video; late audio is concealed before it could come again.</summary>
    public bool AsksForLost => Media.Kind == MediaKind.Video && Media.Feedback.HasFlag(FeedbackKinds.Nack);

    /// <summary>The SSRC that media came from last.</summary>
    public RemoteStream? Current { get; set; }

    /// <summary>When a keyframe request that came too early may go out.</summary>
    public MediaTime NextDeadline =>
        _keyframeWanted && Current is not null ? _lastKeyframeRequest + KeyframeRequestInterval : MediaTime.Never;

    public ReadOnlySpan<byte> Mid => _mid;

    public void Update(NegotiatedMedia media)
    {
        Media = media;
        _mid = Encoding.ASCII.GetBytes(media.Mid ?? "");
        Extensions = ExtensionsOf(media.Extensions);
        _sources = [.. media.RemoteSources];
        _uses.AsSpan().Clear();
        foreach (var codec in media.AudioCodecs)
        {
            Use(codec.PayloadType, PayloadUse.Media, codec.PayloadType);
            if (codec.RedPayloadType is { } red)
            {
                Use(red, PayloadUse.Media, red);
            }
        }

        foreach (var codec in media.VideoCodecs)
        {
            Use(codec.PayloadType, PayloadUse.Media, codec.PayloadType);
            if (codec.RtxPayloadType is { } rtx)
            {
                Use(rtx, PayloadUse.Retransmission, codec.PayloadType);
            }
        }

        if (media.VideoFec is { } fec)
        {
            Use(fec.RedPayloadType, PayloadUse.Red, fec.RedPayloadType);
            if (fec.RedRtxPayloadType is { } rtx)
            {
                Use(rtx, PayloadUse.Retransmission, fec.RedPayloadType);
            }
        }
    }

    /// <summary>Whether FEC packets may come: ULPFEC in RED.</summary>
    public bool TakesFec => Media.VideoFec is not null;

    /// <summary>Whether what was inside RED is FEC.</summary>
    public bool IsFec(byte payloadType) => Media.VideoFec?.UlpfecPayloadType == payloadType;

    /// <summary>What this section says a payload type is; <paramref name="original"/> is the payload type of what a retransmission repeats.</summary>
    public PayloadUse UseOf(byte payloadType, out byte original)
    {
        original = _originals[payloadType];
        return _uses[payloadType];
    }

    /// <summary>Whether an SSRC was announced for this section with <c>a=ssrc</c>.</summary>
    public bool Announced(uint ssrc)
    {
        foreach (var source in _sources)
        {
            if (source.Ssrc == ssrc || source.RtxSsrc == ssrc)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The media SSRC that a retransmission SSRC repeats: as announced, else the one stream there is.</summary>
    public uint MediaSsrcOf(uint rtxSsrc)
    {
        foreach (var source in _sources)
        {
            if (source.RtxSsrc == rtxSsrc)
            {
                return source.Ssrc;
            }
        }

        return Current?.Ssrc ?? 0;
    }

    public void WantKeyframe() => _keyframeWanted = true;

    /// <summary>Whether a keyframe request goes out now: one is wanted, there is a stream, and the last request has had its time.</summary>
    public bool TakeKeyframeRequest(MediaTime now)
    {
        if (!_keyframeWanted || Current is null || now - _lastKeyframeRequest < KeyframeRequestInterval)
        {
            return false;
        }

        _keyframeWanted = false;
        _lastKeyframeRequest = now;
        return true;
    }

    /// <summary>FIR counts its requests, so that the peer can tell a repetition (RFC 5104 section 4.3.1.1).</summary>
    public byte NextFirSequence() => _firSequence++;

    private void Use(byte payloadType, PayloadUse use, byte original)
    {
        _uses[payloadType] = use;
        _originals[payloadType] = original;
    }

    public static ExtensionMap ExtensionsOf(in ExtensionIds ids) =>
        new(ids.Mid, ids.AudioLevel, ids.AbsSendTime, ids.TransportCc, ids.VideoOrientation);
}
