using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp.Congestion;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.TestKit.Network;

namespace Mcu.Rtp.Tests.Congestion;

/// <summary>What is sent over a <see cref="PathSimulation"/>.</summary>
internal sealed record SenderOptions
{
    /// <summary>Bytes of sound in each packet; 0 for no sound.</summary>
    public int AudioBytes { get; init; } = 80;

    public int AudioIntervalMs { get; init; } = 20;

    /// <summary>Most that the video takes, whatever the path carries; 0 for no video.</summary>
    public long MaxVideoBps { get; init; } = 2_500_000;

    public int FramesPerSecond { get; init; } = 25;

    /// <summary>What is demanded; 0 for nothing.</summary>
    public long DemandBps { get; init; }

    public TimeSpan FeedbackInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public bool Paced { get; init; } = true;

    /// <summary>How much faster the receiver's clock runs.</summary>
    public double ClockDriftPpm { get; init; }
}

/// <summary>
/// A sender whose video follows the estimate, a narrow line, a receiver that sends feedback over a line of its own: in virtual time, in
/// steps of 1 ms as the host's timers have.
/// </summary>
internal sealed class PathSimulation : IPacedSender
{
    private const int WireOverhead = 44; // IP, UDP and the tag of SRTP

    /// <summary>The receiver's clock wraps in feedback a minute after the start.</summary>
    private static readonly TimeSpan ClockOffset = TimeSpan.FromMilliseconds(64.0 * (1 << 24)) - TimeSpan.FromSeconds(65);

    private readonly SenderOptions _sender;
    private readonly PacketizedFramePool _frames = new(BufferPool.Shared);
    private readonly AudioPacketizer _audioPacketizer;
    private readonly IVideoPacketizer _videoPacketizer;
    private readonly TransportSequence _numbers;
    private readonly SendStream _audio;
    private readonly SendStream _video;
    private readonly TransportFeedbackBuilder _feedback;
    private readonly Random _random;
    private readonly byte[] _packet = new byte[1500];
    private readonly byte[] _content = new byte[400_000];
    private MediaTime _nextAudio;
    private MediaTime _nextVideo;
    private bool _keyframeWanted = true;

    public PathSimulation(
        BottleneckOptions line,
        SenderOptions? sender = null,
        int seed = 1,
        BottleneckOptions? back = null,
        ushort firstNumber = 65_000
    )
    {
        _sender = sender ?? new SenderOptions();
        Line = new Bottleneck<Packet>(line, seed);
        Back = new Bottleneck<byte[]>(back ?? new BottleneckOptions { Delay = line.Delay, Loss = line.Loss }, seed + 1);
        _random = new Random(seed + 2);
        _audioPacketizer = new AudioPacketizer(_frames);
        _videoPacketizer = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, _frames);
        _numbers = new TransportSequence(firstNumber);
        _audio = new SendStream(OptionsOf(1, 111, 48000), _numbers);
        _video = new SendStream(OptionsOf(2, 96, 90000), _numbers);
        _feedback = new TransportFeedbackBuilder(_sender.FeedbackInterval);
        Controller = new CongestionController(CongestionOptions.Default);
        Now = MediaTime.FromMilliseconds(5000);
        Start = Now;
        _nextAudio = Now;
        _nextVideo = Now + TimeSpan.FromMilliseconds(3);
    }

    public readonly record struct Packet(ushort Number, bool IsAudio, int Bytes, MediaTime SentAt);

    public readonly record struct Arrival(MediaTime At, bool IsAudio, int Bytes, TimeSpan Wait, TimeSpan Age);

    public Bottleneck<Packet> Line { get; }

    public Bottleneck<byte[]> Back { get; }

    public CongestionController Controller { get; }

    public Pacer Pacer { get; } = new();

    public MediaTime Start { get; }

    public MediaTime Now { get; private set; }

    public double Seconds => (Now - Start).TotalSeconds;

    /// <summary>Once each 100 ms.</summary>
    public List<(double At, long TargetBps)> Targets { get; } = [];

    public List<Arrival> Arrivals { get; } = [];

    public int PaddingBytes { get; private set; }

    public long BytesSent { get; private set; }

    public int Keyframes { get; private set; }

    public Action<byte[]>? OnFeedback { get; set; }

    public void RunFor(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (Now < end)
        {
            Step();
            Now += TimeSpan.FromMilliseconds(1);
        }
    }

    /// <summary>The mean of the target over the last seconds.</summary>
    public double MeanTarget(double lastSeconds) => Targets.Where(t => t.At >= Seconds - lastSeconds).Average(t => t.TargetBps);

    public double LeastTarget(double lastSeconds) => Targets.Where(t => t.At >= Seconds - lastSeconds).Min(t => t.TargetBps);

    public double MostTarget(double lastSeconds) => Targets.Where(t => t.At >= Seconds - lastSeconds).Max(t => t.TargetBps);

    /// <summary>Bit/s that arrived over the last seconds.</summary>
    public double Arrived(double lastSeconds) =>
        Arrivals.Where(a => a.At > Now - TimeSpan.FromSeconds(lastSeconds)).Sum(a => a.Bytes * 8.0) / lastSeconds;

    /// <summary>Milliseconds that sound waited for the line, 95th percentile over the last seconds.</summary>
    public double AudioWait95(double lastSeconds)
    {
        var waits = Arrivals
            .Where(a => a.IsAudio && a.At > Now - TimeSpan.FromSeconds(lastSeconds))
            .Select(a => a.Wait.TotalMilliseconds)
            .Order()
            .ToList();
        return waits.Count == 0 ? 0 : waits[(int)(waits.Count * 0.95)];
    }

    public double Wait95(double lastSeconds)
    {
        var waits = Arrivals
            .Where(a => a.At > Now - TimeSpan.FromSeconds(lastSeconds))
            .Select(a => a.Wait.TotalMilliseconds)
            .Order()
            .ToList();
        return waits.Count == 0 ? 0 : waits[(int)(waits.Count * 0.95)];
    }

    public string Story() =>
        string.Join(" ", Targets.Where((_, i) => i % 5 == 0).Select(t => FormattableString.Invariant($"{t.At:F1}:{t.TargetBps / 1000}")));

    public int SendPayload(SendStream stream, PacketizedFrame frame, int index, MediaTime now)
    {
        var bytes = stream.Write(frame, index, now, _packet) + WireOverhead;
        Send(bytes, ReferenceEquals(stream, _audio));
        return bytes;
    }

    public int SendRepair(SendStream stream, ushort sequence, MediaTime now) => 0;

    private static SendStreamOptions OptionsOf(uint ssrc, byte payloadType, int clockRateHz) =>
        new()
        {
            Ssrc = ssrc,
            PayloadType = payloadType,
            ClockRateHz = clockRateHz,
            Extensions = new ExtensionMap(1, 0, 2, 3, 0),
            Mid = "0",
            HistoryPackets = 0,
        };

    private void Step()
    {
        Receive();
        if (_sender.DemandBps > 0)
        {
            Controller.SetDemand(_sender.DemandBps, Now);
        }

        SendAudio();
        SendVideo();
        RunPacing();
        if ((Now - Start).Ticks % TimeSpan.FromMilliseconds(100).Ticks == 0)
        {
            Targets.Add((Seconds, Controller.TargetBps));
        }
    }

    private void Receive()
    {
        while (Line.TryReceive(Now, out var packet, out var arrival))
        {
            Arrivals.Add(new Arrival(arrival, packet.IsAudio, packet.Bytes, Line.LastWait, arrival - packet.SentAt));
            _feedback.OnPacket(packet.Number, ReceiverClock(arrival));
        }

        while (_feedback.NextDeadline <= ReceiverClock(Now))
        {
            var writer = new RtcpWriter(new byte[1200]);
            if (!_feedback.TryWrite(ReceiverClock(Now), new FeedbackSources(1, 2), ref writer))
            {
                break;
            }

            Back.Send(writer.Written.ToArray(), writer.Length, Now);
        }

        while (Back.TryReceive(Now, out var message, out _))
        {
            OnFeedback?.Invoke(message);
            if (new RtcpReader(message).TryRead(out var packet) && TransportFeedback.TryParse(packet, out var feedback))
            {
                Controller.OnTransportFeedback(feedback, Now);
            }
        }
    }

    private MediaTime ReceiverClock(MediaTime time) =>
        MediaTime.Zero + ClockOffset + (time - MediaTime.Zero) + ((time - Start) * (_sender.ClockDriftPpm / 1e6));

    private void SendAudio()
    {
        if (_sender.AudioBytes == 0 || Now < _nextAudio)
        {
            return;
        }

        _nextAudio += TimeSpan.FromMilliseconds(_sender.AudioIntervalMs);
        var frame = _audioPacketizer.Packetize(_content.AsSpan(0, _sender.AudioBytes), Now);
        Pacer.OnSent(SendPayload(_audio, frame, 0, Now), Now);
        frame.Release();
    }

    private void SendVideo()
    {
        if (_sender.MaxVideoBps == 0 || Now < _nextVideo)
        {
            return;
        }

        _nextVideo += TimeSpan.FromSeconds(1.0 / _sender.FramesPerSecond);
        var audioBps = _sender.AudioBytes == 0 ? 0 : (_sender.AudioBytes + 70) * 8 * 1000 / _sender.AudioIntervalMs;
        var videoBps = Math.Clamp((Controller.TargetBps - audioBps) * 0.93, 8_000, _sender.MaxVideoBps);
        var bytes = videoBps / 8 / _sender.FramesPerSecond * (0.8 + (0.4 * _random.NextDouble()));
        bytes = Math.Clamp(_keyframeWanted ? bytes * 5 : bytes, 60, _content.Length);
        var frame = _videoPacketizer.Packetize(_content.AsSpan(0, (int)bytes), _keyframeWanted, Now);
        if (Pacer.Admits(frame, _video))
        {
            Keyframes += _keyframeWanted ? 1 : 0;
            _keyframeWanted = false;
            var index = 0;
            for (; index < frame.Count && (!_sender.Paced || Pacer.MaySend(Now)); index++)
            {
                Pacer.OnSent(SendPayload(_video, frame, index, Now), Now);
            }

            if (index < frame.Count)
            {
                _keyframeWanted |= !Pacer.Enqueue(frame, index, _video, Now);
            }
        }

        frame.Release();
    }

    private void RunPacing()
    {
        Controller.SetBacklog(Pacer.QueuedBytes);
        Controller.Run(Now);
        Pacer.SetRate(Controller.PacingAt(Now), Now);
        _keyframeWanted |= !Pacer.Run(Now, this);
        while (Controller.PaddingWanted && Pacer.IsEmpty && Pacer.FreeAt <= Now)
        {
            var bytes = Math.Min(Controller.PaddingBytes, 255 + 40 + WireOverhead);
            _numbers.Next();
            Send(bytes, isAudio: false);
            PaddingBytes += bytes;
            Pacer.OnSent(bytes, Now);
        }
    }

    private void Send(int bytes, bool isAudio)
    {
        BytesSent += bytes;
        Controller.OnSent(_numbers.Last, bytes, Now);
        Line.Send(new Packet(_numbers.Last, isAudio, bytes, Now), bytes, Now);
    }
}
