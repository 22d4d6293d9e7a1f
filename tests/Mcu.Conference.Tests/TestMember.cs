using Mcu.Codecs;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Network;
using Mcu.TestKit.Video;

namespace Mcu.Conference.Tests;

/// <summary>
/// One participant of a conference under test, with real codecs: sends a tone and a moving picture of its own as RTP, decodes what it gets.
/// </summary>
internal sealed class TestMember : IMediaLeg, IDisposable
{
    private const int AudioRate = 48_000;
    private const byte Opus = 111;
    private const byte Red = 63;

    private readonly IAudioEncoder _audioEncoder;
    private readonly IAudioDecoder _audioDecoder;
    private readonly IVideoEncoder? _videoEncoder;
    private readonly IVideoDecoder? _videoDecoder;
    private readonly VideoFrameAssembler? _assembler;
    private readonly MovingPicture _picture;
    private readonly PacketizedFramePool _packets = new(BufferPool.Shared);
    private readonly IVideoPacketizer? _packetizer;
    private readonly Tone _tone;
    private readonly float[] _pcm = new float[960];
    private readonly byte[] _payload = new byte[1500];
    private readonly byte[] _packet = new byte[1500];
    private readonly Queue<(byte[] Packet, AudioLevel? Level)> _stalled = new();
    private readonly float[] _heard = new float[5760];
    private Voice? _voice;
    private ushort _audioSequence = 100;
    private ushort _videoSequence = 200;
    private ushort _seenSequence;
    private uint _audioTimestamp = 5_000;
    private int _frame;
    private bool _keyframeAsked = true;

    public TestMember(NativeCodecFactory codecs, double toneHz, LegMedia media, int seed)
    {
        Media = media;
        ToneHz = toneHz;
        _tone = new Tone(toneHz, AudioRate, 0.2);
        _picture = new MovingPicture(seed);
        _audioEncoder = codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(64_000, 5, InbandFec: false));
        _audioDecoder = codecs.CreateAudioDecoder(media.ReceiveAudioCodec ?? AudioCodec.Opus);
        if (media.SendsCamera)
        {
            _videoEncoder = codecs.CreateVideoEncoder(VideoCodec.Vp8, new VideoEncoderSettings(320, 180, 400_000, 15));
            _packetizer = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, _packets);
        }

        if (media.ReceiveVideoCodec is { } video)
        {
            _videoDecoder = codecs.CreateVideoDecoder(video);
            _assembler = new VideoFrameAssembler(video, BufferPool.Shared);
        }
    }

    public LegMedia Media { get; set; }

    public TimeSpan RoundTripTime => TimeSpan.FromMilliseconds(20);

    public LegNetwork Network { get; set; } = LegNetwork.Unlimited;

    /// <summary>How many earlier payloads each packet of sound carries once more (RED).</summary>
    public int Redundancy { get; set; }

    /// <summary>What packets of sound go through; null where they arrive at once.</summary>
    public BadNetwork? Line { get; set; }

    public double ToneHz { get; }

    public Participant Participant { get; set; } = null!;

    /// <summary>Everything heard so far, at the codec's rate.</summary>
    public List<float> Heard { get; } = [];

    public int AudioFrames { get; private set; }

    /// <summary>Every packet of sound got so far.</summary>
    public List<byte[]> PayloadsHeard { get; } = [];

    /// <summary>Every packet of sound sent so far, the lost ones included.</summary>
    public List<byte[]> PayloadsSent { get; } = [];

    /// <summary>States the measured level of each packet (RFC 6464).</summary>
    public bool StatesLevel { get; set; }

    /// <summary>What the tone is multiplied with.</summary>
    public float Gain { get; set; } = 1;

    /// <summary>The next so many packets do not arrive.</summary>
    public int PacketsToLose { get; set; }

    /// <summary>While it is set no packet of sound arrives; then all that were sent arrive at once.</summary>
    public bool IsStalled { get; set; }

    public List<(MediaTime Time, bool IsKeyframe)> VideoFrames { get; } = [];

    /// <summary>The last picture seen.</summary>
    public VideoFrame? Seen { get; private set; }

    public int KeyframeRequests { get; private set; }

    public string? ClosedFor { get; private set; }

    /// <summary>As browsers send speech: stated levels, 32 kbit/s.</summary>
    public void SpeakLikeABrowser()
    {
        StatesLevel = true;
        _audioEncoder.SetRate(32_000, 0);
    }

    /// <summary>A voice from now on, and no tone.</summary>
    public void SpeakWith(Voice voice) => _voice = voice;

    /// <summary>20 ms in which nothing is sent.</summary>
    public void Pause() => _audioTimestamp += 960;

    public void SendTone(Conference conference, MediaTime now)
    {
        if (_voice is not null)
        {
            _voice.Next(_pcm);
        }
        else
        {
            _tone.Next(_pcm);
        }

        for (var i = 0; i < _pcm.Length; i++)
        {
            _pcm[i] *= Gain;
        }

        SendSound(conference, now);
    }

    public void SendVideoFrame(Conference conference, VideoFramePool pool, MediaTime now)
    {
        var picture = _picture.Take(pool, 320, 180, _frame);
        var encoded = _videoEncoder!.Encode(picture, new VideoEncodeRequest(now, _keyframeAsked, null), BufferPool.Shared);
        _keyframeAsked = false;
        picture.Release();
        _frame++;
        if (encoded.Buffer is null)
        {
            return;
        }

        var frame = _packetizer!.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, now);
        encoded.Buffer.Release();
        for (var i = 0; i < frame.Count; i++)
        {
            var header = new RtpHeader(96, i == frame.MarkerIndex, _videoSequence++, (uint)now.ToRtpUnits(90_000), 2222);
            var writer = new RtpWriter(_packet, header);
            var length = writer.AddPayload(frame[i]);
            RtpPacket.TryParse(_packet.AsSpan(0, length), out var packet).ShouldBeTrue();
            conference.OnVideoRtp(Participant, TrackRole.Camera, VideoCodec.Vp8, packet, ExtensionMap.None, now);
        }

        frame.Release();
    }

    /// <summary>The picture that this member sent as its n-th, to compare with.</summary>
    public VideoFrame PictureSent(VideoFramePool pool, int index) => _picture.Take(pool, 320, 180, index);

    public int FramesSent => _frame;

    public void SendAudio(PacketizedFrame frame)
    {
        AudioFrames++;
        PayloadsHeard.Add(frame[0].ToArray());
        Heard.AddRange(_heard.AsSpan(0, _audioDecoder.Decode(frame[0], _heard)));
    }

    public void SendVideo(PacketizedFrame frame)
    {
        VideoFrames.Add((frame.Time, frame.IsKeyframe));
        for (var i = 0; i < frame.Count; i++)
        {
            var header = new RtpHeader(96, i == frame.MarkerIndex, _seenSequence++, (uint)frame.Time.ToRtpUnits(90_000), 1);
            var writer = new RtpWriter(_packet, header);
            var length = writer.AddPayload(frame[i]);
            RtpPacket.TryParse(_packet.AsSpan(0, length), out var packet).ShouldBeTrue();
            _assembler!.Insert(packet, frame.Time);
        }

        while (_assembler!.TryTake(frame.Time, out var assembled))
        {
            See(assembled);
        }
    }

    public void RequestKeyframe(TrackRole track)
    {
        KeyframeRequests++;
        _keyframeAsked = true;
    }

    public void Close(string reason) => ClosedFor = reason;

    public void Dispose()
    {
        Seen?.Release();
        _audioEncoder.Dispose();
        _audioDecoder.Dispose();
        _videoEncoder?.Dispose();
        _videoDecoder?.Dispose();
        _assembler?.Dispose();
    }

    private void See(in AssembledFrame assembled)
    {
        _videoDecoder!.Decode(assembled.Data.Span, VideoFramePool.Shared, out var picture);
        assembled.Data.Release();
        if (picture is not null)
        {
            Seen?.Release();
            Seen = picture;
        }
    }

    private void SendSound(Conference conference, MediaTime now)
    {
        var length = _audioEncoder.Encode(_pcm, _payload);
        PayloadsSent.Add(_payload.AsSpan(0, length).ToArray());
        var redundant = Math.Min(Redundancy, PayloadsSent.Count - 1);
        var payload = redundant > 0 ? Redundantly(redundant) : PayloadsSent[^1];
        var writer = new RtpWriter(_packet, new RtpHeader(redundant > 0 ? Red : Opus, false, _audioSequence++, _audioTimestamp, 1111));
        _audioTimestamp += 960;
        var packet = _packet.AsSpan(0, writer.AddPayload(payload));
        if (PacketsToLose > 0)
        {
            PacketsToLose--;
            return;
        }

        AudioLevel? level = StatesLevel ? new AudioLevel((byte)Mixing.Audio.AudioLevel.Measure(_pcm), Voice: true) : null;
        if (IsStalled || _stalled.Count > 0)
        {
            _stalled.Enqueue((packet.ToArray(), level));
            Release(conference, now);
            return;
        }

        if (Line is null)
        {
            Arrive(conference, packet, level, now);
            return;
        }

        Line.Send(packet, now);
        while (Line.TryReceive(now, out var bytes, out var arrival))
        {
            Arrive(conference, bytes, level, arrival);
        }
    }

    private byte[] Redundantly(int redundant)
    {
        var payloads = PayloadsSent.TakeLast(redundant + 1).ToList();
        var bytes = new byte[RedWriter.LengthOf(redundant, payloads.Sum(payload => payload.Length))];
        var writer = new RedWriter(bytes, redundant);
        for (var i = 0; i < redundant; i++)
        {
            writer.AddRedundant(Opus, 960 * (redundant - i), payloads[i]);
        }

        writer.AddPrimary(Opus, payloads[^1]);
        return bytes;
    }

    private void Arrive(Conference conference, ReadOnlySpan<byte> bytes, AudioLevel? level, MediaTime arrival)
    {
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        if (packet.PayloadType == Opus)
        {
            conference.OnAudioRtp(Participant, AudioCodec.Opus, packet, level, arrival);
            return;
        }

        RedPayload.TryParse(packet.Payload, out var red).ShouldBeTrue();
        conference.OnRedundantAudioRtp(Participant, AudioCodec.Opus, packet, red, level, arrival);
    }

    private void Release(Conference conference, MediaTime now)
    {
        while (!IsStalled && _stalled.TryDequeue(out var late))
        {
            Arrive(conference, late.Packet, late.Level, now);
        }
    }
}
