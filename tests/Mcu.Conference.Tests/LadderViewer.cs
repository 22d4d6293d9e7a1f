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
using Mcu.TestKit.Network;
using Mcu.TestKit.Video;

namespace Mcu.Conference.Tests;

/// <summary>One frame that a <see cref="LadderViewer"/> has decoded.</summary>
/// <param name="At">When it could be shown.</param>
internal readonly record struct SeenFrame(MediaTime At, VideoCodec Codec, int Width, bool IsKeyframe, VideoDecodeStatus Status);

/// <summary>
/// A watcher behind a network, with the sending and receiving halves of a real leg: one SSRC, sequence and picture ids of its own, NACK and RTX,
/// PLI when nothing else helps, a decoder for each codec that comes. What its network carries is scripted.
/// </summary>
internal sealed class LadderViewer : IMediaLeg, IDisposable
{
    private const byte Vp8Type = 96;
    private const byte Vp9Type = 98;
    private static readonly TimeSpan s_pliInterval = TimeSpan.FromMilliseconds(300);

    private readonly NativeCodecFactory _codecs = new();
    private readonly byte[] _packet = new byte[1500];
    private readonly BadNetwork _down;
    private readonly BadNetwork _up;
    private readonly SendStream _sender;
    private readonly ReceiveStream _receiver;
    private VideoFrameAssembler? _assembler;
    private IVideoDecoder? _decoder;
    private byte _type;
    private MediaTime _pliAt = new(long.MinValue / 2);
    private int _nextId = -1;
    private uint _timestamp;
    private readonly Dictionary<uint, VideoFrame> _canvases = [];

    public LadderViewer(BadNetworkOptions? network = null, int seed = 1)
    {
        var options = network ?? new BadNetworkOptions();
        _down = new BadNetwork(options, seed);
        _up = new BadNetwork(new BadNetworkOptions { Delay = options.Delay }, seed + 100);
        RoundTripTime = options.Delay * 2;
        _sender = new SendStream(
            new SendStreamOptions
            {
                Ssrc = 1,
                PayloadType = Vp8Type,
                RtxSsrc = 2,
                RtxPayloadType = Vp8Type + 1,
                VideoPayloadTypes = new VideoPayloadTypes(
                    new PayloadTypePair(Vp8Type, Vp8Type + 1),
                    new PayloadTypePair(Vp9Type, Vp9Type + 1),
                    null
                ),
                ClockRateHz = 90_000,
                FirstSequence = 65_500,
            }
        );
        _receiver = new ReceiveStream(
            new ReceiveStreamOptions
            {
                Ssrc = 1,
                ClockRateHz = 90_000,
                Nack = new NackOptions(),
            },
            new SenderClock()
        );
    }

    public LegMedia Media { get; set; } = ConferenceRig.WatchOnly with { ThriftyVideoCodec = VideoCodec.Vp9 };

    public TimeSpan RoundTripTime { get; }

    public LegNetwork Network { get; set; } = LegNetwork.Unlimited;

    public Participant Participant { get; set; } = null!;

    public long Demand { get; private set; }

    public List<SeenFrame> Seen { get; } = [];

    /// <summary>Bytes of payload that were sent, and when.</summary>
    public List<(MediaTime At, int Bytes)> Sent { get; } = [];

    public List<(MediaTime Time, bool IsKeyframe)> FramesSent { get; } = [];

    public int KeyframeRequests { get; private set; }

    /// <summary>How long after they were captured pictures were there.</summary>
    public List<TimeSpan> Delays { get; } = [];

    /// <summary>SSIM of what was decoded against the canvas it was encoded from, where that is asked for.</summary>
    public List<double> Quality { get; } = [];

    public bool MeasuresQuality { get; set; }

    public VideoFrame? Picture { get; private set; }

    public void Carries(long bitsPerSecond) => Network = Network with { TargetBps = bitsPerSecond };

    public void SetDemand(long bitsPerSecond) => Demand = bitsPerSecond;

    public void SendAudio(PacketizedFrame frame) { }

    public void SendVideo(PacketizedFrame frame)
    {
        FramesSent.Add((frame.Time, frame.IsKeyframe));
        if (MeasuresQuality)
        {
            _canvases.Add(_sender.TimestampOf(frame.Time), Copy(Participant.Video.Current!.Canvas));
        }

        for (var i = 0; i < frame.Count; i++)
        {
            _down.Send(_packet.AsSpan(0, _sender.Write(frame, i, frame.Time, _packet)), frame.Time);
        }

        Sent.Add((frame.Time, frame.TotalBytes));
    }

    public void RequestKeyframe(TrackRole track) { }

    public void Close(string reason) { }

    /// <summary>Each millisecond: what has arrived, what is missing, what can be shown.</summary>
    public void Run(MediaTime now)
    {
        while (_up.TryReceive(now, out var nack, out _))
        {
            Answer(nack, now);
        }

        while (_down.TryReceive(now, out var bytes, out var arrival))
        {
            Receive(bytes, arrival);
        }

        Span<ushort> lost = stackalloc ushort[64];
        foreach (var sequence in lost[.._receiver.PollNacks(now, RoundTripTime, lost)])
        {
            _up.Send(BitConverter.GetBytes(sequence), now);
        }

        Take(now);
        if (_assembler is { KeyframeNeeded: true } && now - _pliAt > s_pliInterval)
        {
            _pliAt = now;
            KeyframeRequests++;
            _up.Send([], now);
        }
    }

    public void Dispose()
    {
        Picture?.Release();
        foreach (var canvas in _canvases.Values)
        {
            canvas.Release();
        }

        _sender.Dispose();
        _assembler?.Dispose();
        _decoder?.Dispose();
    }

    private void Answer(byte[] feedback, MediaTime now)
    {
        if (feedback.Length == 0)
        {
            Conference.OnKeyframeRequest(Participant);
            return;
        }

        var length = _sender.Retransmit(BitConverter.ToUInt16(feedback), now, _packet);
        if (length > 0)
        {
            _down.Send(_packet.AsSpan(0, length), now);
        }
    }

    private void Receive(byte[] bytes, MediaTime arrival)
    {
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        var isRestored = packet.PayloadType is Vp8Type + 1 or Vp9Type + 1;
        if (isRestored)
        {
            RtxDecapsulator.TryDecapsulate(bytes, 1, (byte)(packet.PayloadType - 1), out var length).ShouldBeTrue();
            RtpPacket.TryParse(bytes.AsSpan(0, length), out packet).ShouldBeTrue();
        }

        _receiver.OnRtp(packet, arrival, isRestored);
        if (isRestored && packet.PayloadType != _type)
        {
            return; // of the codec before
        }

        Use(packet.PayloadType, arrival);
        _assembler!.Insert(packet, arrival);
        CheckIds(packet);
    }

    /// <summary>As browsers do: another payload type is another decoder, from its first keyframe on.</summary>
    private void Use(byte type, MediaTime now)
    {
        if (_type == type)
        {
            return;
        }

        if (_assembler is not null)
        {
            Take(now);
            _assembler.Dispose();
            _decoder!.Dispose();
        }

        _type = type;
        var codec = type == Vp8Type ? VideoCodec.Vp8 : VideoCodec.Vp9;
        _assembler = new VideoFrameAssembler(codec, BufferPool.Shared) { RepairLimit = VideoFrameAssembler.RepairLimitFor(RoundTripTime) };
        _decoder = _codecs.CreateVideoDecoder(codec);
    }

    /// <summary>On a line that loses nothing, picture ids are those of the packet before, or one more and then with a later timestamp.</summary>
    private void CheckIds(in RtpPacket packet)
    {
        var payload = packet.Payload;
        int id;
        if (_type == Vp8Type)
        {
            Vp8Descriptor.TryParse(payload, out var vp8).ShouldBeTrue();
            id = vp8.PictureId;
        }
        else
        {
            Vp9Descriptor.TryParse(payload, out var vp9).ShouldBeTrue();
            id = vp9.PictureId;
        }

        if (_down.Options.Loss == 0 && _nextId >= 0)
        {
            var isNext = id == _nextId;
            (isNext || id == ((_nextId - 1) & 0x7FFF)).ShouldBeTrue($"picture {id} after {_nextId - 1}");
            ((int)(packet.Timestamp - _timestamp) > 0).ShouldBe(isNext, "each picture has its own timestamp, later than the last");
        }

        _timestamp = packet.Timestamp;
        _nextId = (id + 1) & 0x7FFF;
    }

    private void Take(MediaTime now)
    {
        while (_assembler is not null && _assembler.TryTake(now, out var assembled))
        {
            var status = _decoder!.Decode(assembled.Data.Span, VideoFramePool.Shared, out var picture);
            assembled.Data.Release();
            Delays.Add(TimeSpan.FromSeconds((int)(_sender.TimestampOf(now) - assembled.Timestamp) / 90_000.0));
            Seen.Add(new SeenFrame(now, _assembler.Codec, picture?.Width ?? 0, assembled.IsKeyframe, status));
            if (picture is not null)
            {
                Compare(picture, assembled.Timestamp);
                Picture?.Release();
                Picture = picture;
            }
        }
    }

    private static VideoFrame Copy(VideoFrame frame)
    {
        var copy = VideoFramePool.Shared.Rent(frame.Width, frame.Height);
        frame.Data.AsSpan(0, Math.Min(frame.Data.Length, copy.Data.Length)).CopyTo(copy.Data);
        return copy;
    }

    private void Compare(VideoFrame picture, uint timestamp)
    {
        if (_canvases.Remove(timestamp, out var canvas))
        {
            Quality.Add(PictureQuality.Ssim(canvas, picture));
            canvas.Release();
        }
    }
}
