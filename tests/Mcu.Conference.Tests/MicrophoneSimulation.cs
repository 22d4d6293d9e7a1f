using Mcu.Conference.Audio;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.TestKit.Network;

namespace Mcu.Conference.Tests;

/// <summary>One who talks, a bad network and the microphone's side of the mixer, in virtual time. One tick is mixed every 20 ms.</summary>
internal sealed class MicrophoneSimulation : IDisposable
{
    private const int Rate = 48_000;

    private readonly BufferPool _buffers = new();
    private readonly AudioSource _source;
    private readonly byte[] _packet = new byte[100];
    private readonly float[] _tick = new float[Rate / 50];
    private readonly int _frameMs;
    private readonly double _clockError;
    private double _nextSendMs;
    private double _nextTickMs = 1007;
    private long _position;
    private ushort _sequence = 65_500;

    /// <param name="sound">What is said, repeated without end.</param>
    /// <param name="network">The way to us.</param>
    /// <param name="seed">Of the network.</param>
    /// <param name="frameMs">Of each packet.</param>
    /// <param name="clockError">By how much the sender's clock is slow: 50e-6 for 50 ppm.</param>
    public MicrophoneSimulation(float[] sound, BadNetworkOptions network, int seed = 1, int frameMs = 20, double clockError = 0)
    {
        Network = new BadNetwork(network, seed);
        _source = new AudioSource(new PlainCodecs(sound), _buffers, new SenderClock());
        _frameMs = frameMs;
        _clockError = clockError;
        _nextSendMs = 1000;
    }

    public BadNetwork Network { get; }

    public MediaTime Now { get; private set; }

    public double DelayMs => _source.Delay.TotalMilliseconds;

    public double TargetMs => _source.TargetDelay.TotalMilliseconds;

    public PlayoutStatistics Playout => _source.Playout;

    public JitterStatistics Statistics => _source.Statistics;

    /// <summary>Called after each tick with its samples.</summary>
    public Action<float[]> Heard { get; set; } = _ => { };

    public void RunFor(double milliseconds)
    {
        for (var end = Now + TimeSpan.FromMilliseconds(milliseconds); ; )
        {
            var (send, tick) = (MediaTime.FromMilliseconds(_nextSendMs), MediaTime.FromMilliseconds(_nextTickMs));
            var next = MediaTime.Min(MediaTime.Min(send, tick), Network.NextDeadline);
            if (next >= end)
            {
                Now = end;
                return;
            }

            Now = next;
            if (Now == Network.NextDeadline)
            {
                Receive();
            }
            else if (Now == send)
            {
                Send();
            }
            else
            {
                Mix();
            }
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        _buffers.Outstanding.ShouldBe(0);
    }

    private void Send()
    {
        var writer = new RtpWriter(_packet, new RtpHeader(111, false, _sequence++, (uint)(_position + 4_000_000_000), 1));
        Span<byte> payload = stackalloc byte[PlainCodecs.PayloadLength];
        var samples = _frameMs * Rate / 1000;
        PlainCodecs.Encode(_position, samples, payload);
        Network.Send(_packet.AsSpan(0, writer.AddPayload(payload)), Now);
        _position += samples;
        _nextSendMs += _frameMs * (1 + _clockError);
    }

    private void Receive()
    {
        Network.TryReceive(Now, out var bytes, out var arrival).ShouldBeTrue();
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        _source.OnRtp(AudioCodec.Opus, packet, level: null, arrival);
    }

    private void Mix()
    {
        if (!_source.Pull(Now, Now, _tick))
        {
            Array.Clear(_tick);
        }

        Heard(_tick);
        _nextTickMs += 20;
    }
}
