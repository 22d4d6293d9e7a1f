using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;
using Mcu.TestKit.Network;
using Shouldly;

namespace Mcu.Rtp.Tests.Payloads;

/// <summary>Packetizer, send stream, bad network, NACK and RTX through the same network, assembler: a video leg in virtual time.</summary>
internal sealed class VideoCallSimulation : IDisposable
{
    private const byte RtxPayloadType = 97;

    private readonly byte[] _packet = new byte[1500];
    private readonly BufferPool _buffers = new();
    private readonly PacketizedFramePool _frames;
    private readonly IVideoPacketizer _packetizer;
    private readonly SendStream _sender;
    private readonly BadNetworkOptions _options;
    private readonly BadNetwork _network;
    private readonly BadNetwork _back;
    private readonly ReceiveStream _receiver;
    private readonly Random _random;
    private readonly VideoCodec _codec;
    private int _sinceKeyframe = int.MaxValue;

    public VideoCallSimulation(VideoCodec codec, BadNetworkOptions network, int seed, bool repairs = true)
    {
        _codec = codec;
        _random = new Random(seed);
        _frames = new PacketizedFramePool(_buffers);
        _packetizer = VideoPayloads.CreatePacketizer(codec, _frames, 32760);
        _options = network;
        _network = new BadNetwork(network with { Loss = 0 }, seed); // nobody can miss what came before all they saw, or after it

        _back = new BadNetwork(new BadNetworkOptions { Delay = network.Delay }, seed);
        _sender = new SendStream(
            new SendStreamOptions
            {
                Ssrc = 1,
                PayloadType = 96,
                RtxSsrc = 2,
                RtxPayloadType = RtxPayloadType,
                ClockRateHz = 90000,
                FirstSequence = 65000,
                TimestampOffset = uint.MaxValue - 90000,
            }
        );
        var options = new ReceiveStreamOptions
        {
            Ssrc = 1,
            ClockRateHz = 90000,
            Nack = repairs ? new NackOptions() : null,
        };
        _receiver = new ReceiveStream(options, new SenderClock());
        Assembler = new VideoFrameAssembler(codec, _buffers);
    }

    public VideoFrameAssembler Assembler { get; }

    /// <summary>Whether a keyframe follows when the assembler asks for one; otherwise only the first frame is one.</summary>
    public bool AnswersKeyframeRequests { get; set; } = true;

    /// <summary>Frames as text, so that comparing them stays readable.</summary>
    public List<string> Sent { get; } = [];

    public List<string> Received { get; } = [];

    public void Run(int frames)
    {
        const int FrameMs = 33;
        for (var ms = 0; ms < (frames * FrameMs) + 2000; ms++)
        {
            var now = MediaTime.FromMilliseconds(ms);
            if (ms % FrameMs == 0 && ms / FrameMs < frames)
            {
                var isEdge = ms == 0 || ms / FrameMs == frames - 1;
                _network.Options = isEdge ? _options with { Loss = 0 } : _options;
                SendFrame(now);
                _network.Options = _options;
            }

            Deliver(now);
        }
    }

    public void Dispose()
    {
        Assembler.Dispose();
        _sender.Dispose();
        _frames.Outstanding.ShouldBe(0);
        _buffers.Outstanding.ShouldBe(0);
    }

    private static string Fingerprint(ReadOnlySpan<byte> bytes) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes));

    private void SendFrame(MediaTime now)
    {
        var isAsked = AnswersKeyframeRequests && Assembler.KeyframeNeeded && _sinceKeyframe > 10;
        var isKeyframe = Sent.Count == 0 || isAsked;
        _sinceKeyframe = isKeyframe ? 0 : _sinceKeyframe + 1;
        var bytes = Clips.Frame(_codec, _random, isKeyframe ? _random.Next(5000, 20_000) : _random.Next(20, 4000), isKeyframe);
        Sent.Add(Fingerprint(bytes));
        var frame = _packetizer.Packetize(bytes, isKeyframe, now);
        for (var i = 0; i < frame.Count; i++)
        {
            frame[i].Length.ShouldBeLessThanOrEqualTo(VideoPayloads.DefaultMaxPayload);
            _network.Send(_packet.AsSpan(0, _sender.Write(frame, i, now, _packet)), now);
        }

        frame.Release();
    }

    private void Deliver(MediaTime now)
    {
        while (_back.TryReceive(now, out var nack, out _))
        {
            var length = _sender.Retransmit(BitConverter.ToUInt16(nack), now, _packet);
            if (length > 0)
            {
                _network.Send(_packet.AsSpan(0, length), now);
            }
        }

        while (_network.TryReceive(now, out var bytes, out var arrival))
        {
            Receive(bytes, arrival);
        }

        Span<ushort> lost = stackalloc ushort[64];
        var count = _receiver.PollNacks(now, TimeSpan.FromMilliseconds(40), lost);
        foreach (var sequence in lost[..count])
        {
            _back.Send(BitConverter.GetBytes(sequence), now);
        }

        while (Assembler.TryTake(now, out var frame))
        {
            Received.Add(Fingerprint(frame.Data.Span));
            frame.Data.Release();
        }
    }

    private void Receive(byte[] bytes, MediaTime arrival)
    {
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        var isRestored = packet.PayloadType == RtxPayloadType;
        if (isRestored)
        {
            RtxDecapsulator.TryDecapsulate(bytes, 1, 96, out var length).ShouldBeTrue();
            RtpPacket.TryParse(bytes.AsSpan(0, length), out packet).ShouldBeTrue();
        }

        _receiver.OnRtp(packet, arrival, isRestored);
        Assembler.Insert(packet, arrival);
    }
}
