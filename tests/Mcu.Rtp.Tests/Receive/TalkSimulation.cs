using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Receive;
using Mcu.TestKit.Network;
using Shouldly;

namespace Mcu.Rtp.Tests.Receive;

/// <summary>
/// A talker, a bad network, a jitter buffer and a mixer that pulls every 20 ms, in virtual time. Payloads carry their own number,
/// so that what is played can be checked.
/// </summary>
internal sealed class TalkSimulation : IDisposable
{
    private const int ClockRate = 48000;

    private readonly byte[] _packet = new byte[40];
    private readonly int _frameMs;
    private readonly double _clockError;
    private double _nextSendMs;
    private double _nextPullMs = 7;
    private double _owedMs;
    private ushort _sequence;
    private uint _timestamp;
    private int _number;

    public TalkSimulation(
        BadNetworkOptions network,
        int seed = 1,
        int frameMs = 20,
        double clockError = 0,
        AudioJitterOptions? options = null
    )
    {
        Network = new BadNetwork(network, seed);
        Buffer = new AudioJitterBuffer(ClockRate, Pool, options);
        _frameMs = frameMs;
        _clockError = clockError;
        _sequence = 65500; // wraps early
        _timestamp = uint.MaxValue - 48000;
    }

    public BufferPool Pool { get; } = new();

    public BadNetwork Network { get; }

    public AudioJitterBuffer Buffer { get; }

    public MediaTime Now { get; private set; }

    public bool IsTalking { get; set; } = true;

    /// <summary>By how much the mixer lengthened what it played, in all.</summary>
    public double LengthenedMs { get; private set; }

    public Dictionary<JitterPull, int> Pulls { get; } = Enum.GetValues<JitterPull>().ToDictionary(k => k, _ => 0);

    public List<int> Played { get; } = [];

    public double MaxDelayMs { get; private set; }

    public void ClearCounts()
    {
        foreach (var kind in Pulls.Keys)
        {
            Pulls[kind] = 0;
        }

        Played.Clear();
        MaxDelayMs = 0;
    }

    /// <summary>Jumps to another sequence and timestamp base, as a sender that starts anew.</summary>
    public void RestartSender()
    {
        _sequence += 20_000;
        _timestamp += 1_000_000_000;
    }

    public void RunFor(double milliseconds)
    {
        var end = Now + TimeSpan.FromMilliseconds(milliseconds);
        while (true)
        {
            var arrival = Network.NextDeadline;
            var send = MediaTime.FromMilliseconds(_nextSendMs);
            Now = MediaTime.Min(MediaTime.Min(send, MediaTime.FromMilliseconds(_nextPullMs)), arrival);
            if (Now >= end)
            {
                Now = end;
                return;
            }

            if (Now == arrival)
            {
                Receive();
            }
            else if (Now == send)
            {
                Send();
            }
            else
            {
                Tick();
            }
        }
    }

    public void Dispose()
    {
        Buffer.Dispose();
        Pool.Outstanding.ShouldBe(0);
    }

    private void Send()
    {
        if (IsTalking)
        {
            BitConverter.TryWriteBytes(_packet, _number);
            BitConverter.TryWriteBytes(_packet.AsSpan(4), _sequence++);
            BitConverter.TryWriteBytes(_packet.AsSpan(8), _timestamp);
            Network.Send(_packet, Now);
        }

        _number++;
        _timestamp += (uint)(_frameMs * ClockRate / 1000);
        _nextSendMs += _frameMs * (1 + _clockError);
    }

    private void Receive()
    {
        Network.TryReceive(Now, out var packet, out var arrival).ShouldBeTrue();
        Buffer.Insert(BitConverter.ToUInt16(packet, 4), BitConverter.ToUInt32(packet, 8), packet, _frameMs * ClockRate / 1000, arrival);
    }

    /// <summary>A mixer's tick: pulls until it has 20 ms; drops frames, or plays 8 ms twice, where the buffer says so.</summary>
    private void Tick()
    {
        _owedMs += 20;
        while (_owedMs > 0)
        {
            var kind = Buffer.Pull(Now, out var frame);
            Pulls[kind]++;
            if (kind == JitterPull.Frame)
            {
                Played.Add(BitConverter.ToInt32(frame.Payload));
            }

            if (kind == JitterPull.Waiting)
            {
                _owedMs = 0;
                break;
            }

            MaxDelayMs = Math.Max(MaxDelayMs, Buffer.CurrentDelay.TotalMilliseconds);
            var frameMs = frame.DurationUnits * 1000.0 / ClockRate;
            var unplayed = TimeSpan.FromMilliseconds(20 - _owedMs + frameMs);
            var isDropped = kind == JitterPull.Frame && Buffer.ExcessDelay(Now, unplayed).TotalMilliseconds >= frameMs;
            _owedMs -= isDropped ? 0 : frameMs;
        }

        if (Buffer.MissingDelay(Now, TimeSpan.FromMilliseconds(20 - _owedMs)) > TimeSpan.Zero)
        {
            _owedMs -= 8;
            LengthenedMs += 8;
        }

        _nextPullMs += 20;
    }
}
