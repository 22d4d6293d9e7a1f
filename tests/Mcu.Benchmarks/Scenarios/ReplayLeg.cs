using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp;
using Mcu.Rtp.Send;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>A participant that costs nothing itself: replays encoded sound and pictures into a conference and counts what it gets.</summary>
internal sealed class ReplayLeg(LegMedia media, EncodedClip clip) : IMediaLeg
{
    private readonly byte[] _packet = new byte[1500];
    private ushort _audioSequence;
    private ushort _videoSequence;
    private int _audioIndex;
    private int _videoIndex;

    public LegMedia Media => media;

    public Participant Participant { get; set; } = null!;

    public TimeSpan RoundTripTime => TimeSpan.FromMilliseconds(20);

    public long AudioFrames { get; private set; }

    public long VideoFrames { get; private set; }

    public void FeedAudio(Conference.Conference conference, MediaTime now)
    {
        var payload = clip.Audio[_audioIndex % clip.Audio.Count];
        var header = new RtpHeader(111, false, _audioSequence++, (uint)(_audioIndex * 960), 1);
        _audioIndex++;
        var length = new RtpWriter(_packet, header).AddPayload(payload);
        if (RtpPacket.TryParse(_packet.AsSpan(0, length), out var packet))
        {
            conference.OnAudioRtp(Participant, AudioCodec.Opus, packet, null, now);
        }
    }

    public void FeedVideo(Conference.Conference conference, MediaTime now)
    {
        var frame = clip.Video[_videoIndex % clip.Video.Count];
        var timestamp = (uint)now.ToRtpUnits(90_000);
        _videoIndex++;
        for (var i = 0; i < frame.Count; i++)
        {
            var header = new RtpHeader(96, i == frame.MarkerIndex, _videoSequence++, timestamp, 2);
            var length = new RtpWriter(_packet, header).AddPayload(frame[i]);
            if (RtpPacket.TryParse(_packet.AsSpan(0, length), out var packet))
            {
                conference.OnVideoRtp(Participant, TrackRole.Camera, VideoCodec.Vp8, packet, ExtensionMap.None, now);
            }
        }
    }

    public void SendAudio(PacketizedFrame frame) => AudioFrames++;

    public void SendVideo(PacketizedFrame frame) => VideoFrames++;

    public void RequestKeyframe(TrackRole track) { }

    public void Close(string reason) { }
}
