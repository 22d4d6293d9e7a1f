using Mcu.Codecs;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Video;

namespace Mcu.Conference.Tests;

/// <summary>A conference in steady state allocates nothing: a tick, a frame or a packet that did would be a pause of everybody in time.</summary>
[Collection(Alone.Name)]
public class AllocationTests
{
    private const int WarmUp = 150;
    private const int Measured = 60;

    [Fact]
    public void AudioTickOfPacketsInAndOutAllocatesNothing()
    {
        using var rig = new SteadyConference();
        rig.Join(4, sendsAudio: true, sendsCamera: false, VideoCodec.Vp8);
        rig.AllocatedBy(rig.StepAudio).ShouldBe(0);
        rig.FramesOut.ShouldBeGreaterThan(Measured);
    }

    [Fact]
    public void AudioTickThatHandsOnALoneVoiceAllocatesNothing()
    {
        using var rig = new SteadyConference { Level = new AudioLevel(20, Voice: true) };
        rig.Join(1, sendsAudio: true, sendsCamera: false, null);
        rig.Join(8, sendsAudio: false, sendsCamera: false, null);
        rig.AllocatedBy(rig.StepAudio).ShouldBe(0);
        rig.AudioEncodes.ShouldBe(1);
    }

    [Fact]
    public void AudioTickOfManyListenersAllocatesNothing()
    {
        using var rig = new SteadyConference();
        rig.Join(2, sendsAudio: true, sendsCamera: false, null);
        rig.Join(8, sendsAudio: false, sendsCamera: false, null);
        rig.AllocatedBy(rig.StepAudio).ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AudioTickForSlowLinesAllocatesNothing(bool isForwarded)
    {
        using var rig = new SteadyConference { Level = isForwarded ? new AudioLevel(20, Voice: true) : null };
        rig.Join(1, sendsAudio: true, sendsCamera: false, null);
        rig.Join(4, sendsAudio: false, sendsCamera: false, null);
        rig.Join(2, sendsAudio: false, sendsCamera: false, null, targetBps: 32_000);
        rig.Join(2, sendsAudio: false, sendsCamera: false, null, targetBps: 60_000);
        rig.AllocatedBy(rig.StepAudio).ShouldBe(0);
        rig.AudioEncodes.ShouldBe(isForwarded ? 3 : 4);
    }

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void VideoFrameAllocatesNothing(VideoCodec watched)
    {
        using var rig = new SteadyConference();
        rig.Join(3, sendsAudio: false, sendsCamera: true, watched);
        rig.AllocatedBy(rig.StepVideo).ShouldBe(0);
        rig.FramesOut.ShouldBeGreaterThan(Measured);
    }

    /// <summary>A conference whose members replay what was encoded before, so that only the conference itself is measured.</summary>
    private sealed class SteadyConference : IConferenceObserver, IDisposable
    {
        private static readonly OverlayRenderer s_overlays = new();
        private static readonly NativeCodecFactory s_codecs = new();

        private readonly VirtualScheduler _scheduler = new();
        private readonly Conference _conference;
        private readonly List<Member> _members = [];
        private readonly List<byte[]> _sounds = [];
        private readonly List<PacketizedFrame> _pictures = [];

        public SteadyConference()
        {
            var options = new ConferenceOptions
            {
                CanvasWidth = 320,
                CanvasHeight = 180,
                FramesPerSecond = 15,
            };
            _conference = new Conference("steady", options, s_codecs, _scheduler, this, s_overlays, () => { });
            EncodeSounds();
            EncodePictures();
        }

        /// <summary>What every packet of sound states.</summary>
        public AudioLevel? Level { get; init; }

        public int AudioEncodes => _conference.AudioEncodesLastTick;

        public int FramesOut => _members.Sum(member => member.FramesOut);

        public void Join(int count, bool sendsAudio, bool sendsCamera, VideoCodec? watched, long? targetBps = null)
        {
            for (var i = 0; i < count; i++)
            {
                var media = new LegMedia(AudioCodec.Opus, watched, sendsAudio, sendsCamera, SendsScreen: false);
                var member = new Member(media) { Network = LegNetwork.Unlimited with { TargetBps = targetBps } };
                _members.Add(member);
                var name = $"member {_members.Count}";
                member.Participant = _conference.Join(name, name, ParticipantRole.Guest, member, _scheduler.Now);
            }
        }

        public long AllocatedBy(Action<int> step)
        {
            for (var i = 0; i < WarmUp; i++)
            {
                step(i);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = WarmUp; i < WarmUp + Measured; i++)
            {
                step(i);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        public void StepAudio(int index)
        {
            foreach (var member in _members)
            {
                if (member.Media.SendsAudio)
                {
                    var packet = member.Packet(_sounds[index % _sounds.Count], 111, marker: false, index, (uint)(index * 960), 1);
                    _conference.OnAudioRtp(member.Participant, AudioCodec.Opus, packet, Level, _scheduler.Now);
                }
            }

            _scheduler.Now += TimeSpan.FromMilliseconds(20);
            _conference.Run(_scheduler.Now);
        }

        public void StepVideo(int index)
        {
            var frame = _pictures[index % _pictures.Count];
            var timestamp = (uint)_scheduler.Now.ToRtpUnits(90_000);
            foreach (var member in _members)
            {
                for (var i = 0; i < frame.Count; i++)
                {
                    var packet = member.Packet(frame[i], 96, i == frame.MarkerIndex, member.VideoPackets++, timestamp, 2);
                    _conference.OnVideoRtp(member.Participant, TrackRole.Camera, VideoCodec.Vp8, packet, ExtensionMap.None, _scheduler.Now);
                }
            }

            _scheduler.Now += TimeSpan.FromSeconds(1.0 / 15);
            _conference.Run(_scheduler.Now);
            _conference.Run(_scheduler.Now);
        }

        public void OnJoined(Participant participant) { }

        public void OnUpdated(Participant participant) { }

        public void OnLeft(Participant participant, string reason) { }

        public void OnActiveSpeaker(Participant? participant) { }

        public void OnLayout(Participant participant, ViewState state) { }

        public void Dispose()
        {
            foreach (var member in _members)
            {
                _conference.Leave(member.Participant, "left", _scheduler.Now);
            }

            _conference.Dispose();
            foreach (var frame in _pictures)
            {
                frame.Release();
            }
        }

        private void EncodeSounds()
        {
            using var encoder = s_codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(32_000));
            var tone = new Tone(220, 48_000, 0.2);
            var pcm = new float[960];
            var payload = new byte[1500];
            for (var i = 0; i < 50; i++)
            {
                tone.Next(pcm);
                _sounds.Add(payload.AsSpan(0, encoder.Encode(pcm, payload)).ToArray());
            }
        }

        private void EncodePictures()
        {
            var settings = new VideoEncoderSettings(320, 180, 400_000, 15);
            using var encoder = s_codecs.CreateVideoEncoder(VideoCodec.Vp8, settings);
            var packetizer = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, new PacketizedFramePool(BufferPool.Shared));
            var moving = new MovingPicture(7);
            for (var i = 0; i < 30; i++)
            {
                var time = MediaTime.FromMilliseconds(i * 66);
                var picture = moving.Take(VideoFramePool.Shared, 320, 180, i);
                var encoded = encoder.Encode(picture, new VideoEncodeRequest(time, i == 0, null), BufferPool.Shared);
                picture.Release();
                if (encoded.Buffer is not null)
                {
                    _pictures.Add(packetizer.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, time));
                    encoded.Buffer.Release();
                }
            }
        }
    }

    private sealed class Member(LegMedia media) : IMediaLeg
    {
        private readonly byte[] _packet = new byte[1500];

        public LegMedia Media => media;

        public LegNetwork Network { get; init; }

        public Participant Participant { get; set; } = null!;

        public TimeSpan RoundTripTime => TimeSpan.FromMilliseconds(20);

        public int VideoPackets { get; set; }

        public int FramesOut { get; private set; }

        public RtpPacket Packet(ReadOnlySpan<byte> payload, byte type, bool marker, int sequence, uint timestamp, uint ssrc)
        {
            var writer = new RtpWriter(_packet, new RtpHeader(type, marker, (ushort)sequence, timestamp, ssrc));
            if (!RtpPacket.TryParse(_packet.AsSpan(0, writer.AddPayload(payload)), out var packet))
            {
                throw new InvalidOperationException("The test wrote what is no RTP packet.");
            }

            return packet;
        }

        public void SendAudio(PacketizedFrame frame) => FramesOut++;

        public void SendVideo(PacketizedFrame frame) => FramesOut++;

        public void RequestKeyframe(TrackRole track) { }

        public void Close(string reason) { }
    }
}
