using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Legs;

/// <summary>
/// How a conference sees one participant's connection, whatever carries it. Called only by the conference's one writer.
/// The leg owns SSRCs, sequence numbers, RTX history and encryption; the conference owns what is said and shown.
/// </summary>
public interface IMediaLeg
{
    /// <summary>What the leg takes and gives, as last negotiated.</summary>
    LegMedia Media { get; }

    /// <summary>Smoothed round trip to the participant.</summary>
    TimeSpan RoundTripTime { get; }

    /// <summary>What the path carries now. A leg that cannot tell is not limited.</summary>
    LegNetwork Network => LegNetwork.Unlimited;

    /// <summary>All media to the participant could use this many bit/s together: as far is it worth asking what the path carries.</summary>
    void SetDemand(long bitsPerSecond) { }

    /// <summary>Sends one frame of the mix, in <see cref="LegMedia.ReceiveAudioCodec"/>. The frame says its place on the room's clock.</summary>
    void SendAudio(PacketizedFrame frame);

    /// <summary>
    /// From now on each packet of sound carries so many of the frames before it once more (RED, RFC 2198), 0 to 3. Called only where
    /// <see cref="LegMedia.ReceivesRedundantAudio"/> says that the participant takes that.
    /// </summary>
    void SetAudioRedundancy(int frames) { }

    /// <summary>Sends one frame of a rendition, in one of the codecs that <see cref="LegMedia"/> names; they change at keyframes. The leg takes its own reference for its RTX history.</summary>
    void SendVideo(PacketizedFrame frame);

    /// <summary>Asks the sender of a track for a keyframe (PLI). The leg limits the rate.</summary>
    void RequestKeyframe(TrackRole track);

    /// <summary>Ends the connection; the reason is for logs and signalling, such as "kicked".</summary>
    void Close(string reason);
}

/// <summary>What a participant's incoming track shows or carries.</summary>
public enum TrackRole
{
    Microphone,
    Camera,
    Screen,
}

/// <summary>The negotiated media of a leg.</summary>
/// <param name="ReceiveAudioCodec">The codec in which the participant wants the mix; null if it wants none.</param>
/// <param name="ReceiveVideoCodec">The codec in which the participant wants the composite; null if it wants none.</param>
/// <param name="SendsAudio">The participant may send a microphone.</param>
/// <param name="SendsCamera">The participant may send a camera.</param>
/// <param name="SendsScreen">The participant may send a screen share.</param>
/// <param name="ThriftyVideoCodec">The codec in which the participant wants pictures of few bits; null for the same as others.</param>
/// <param name="ReceivesRedundantAudio">The participant takes packets of sound that carry earlier frames too (RED, RFC 2198).</param>
public readonly record struct LegMedia(
    AudioCodec? ReceiveAudioCodec,
    VideoCodec? ReceiveVideoCodec,
    bool SendsAudio,
    bool SendsCamera,
    bool SendsScreen,
    VideoCodec? ThriftyVideoCodec = null,
    bool ReceivesRedundantAudio = false
);
