using Mcu.Media;

namespace Mcu.Benchmarks.Network;

/// <summary>What one direction of an access line is like.</summary>
/// <param name="RateBps">Bit/s of the bottleneck; the headers of IP and UDP count.</param>
/// <param name="Delay">Propagation, one way.</param>
/// <param name="Loss">Share of packets lost behind the bottleneck, each for itself; 0 to 1.</param>
/// <param name="QueueBytes">What waits before the bottleneck at most; whatever comes then is dropped.</param>
internal sealed record LineQuality(long RateBps, TimeSpan Delay, double Loss = 0, int QueueBytes = 64_000);

/// <summary>A packet that began to pass the bottleneck.</summary>
/// <param name="At">When it had waited.</param>
/// <param name="Waited">How long other packets, or a stall, held it up; its own time on the line is not in it.</param>
/// <param name="Bytes">With the headers of IP and UDP.</param>
internal readonly record struct Passage(MediaTime At, TimeSpan Waited, int Bytes);

/// <summary>
/// One direction of an access line in virtual time: <c>bounded queue → bottleneck → loss → propagation</c>. The same seed loses the same
/// packets.
/// </summary>
internal sealed class Line(LineQuality quality, int seed)
{
    /// <summary>IPv4 and UDP.</summary>
    private const int HeaderBytes = 28;

    private readonly Queue<(byte[] Packet, MediaTime Entered)> _waiting = new();
    private readonly Queue<(byte[] Packet, MediaTime Due)> _travelling = new();
    private readonly Random _random = new(seed);
    private int _waitingBytes;
    private MediaTime _freeAt = MediaTime.Zero;
    private MediaTime _stalledUntil = MediaTime.Zero;

    /// <summary>May be changed at any time; what is on the line already is not touched by it.</summary>
    public LineQuality Quality { get; set; } = quality;

    public List<Passage> Passages { get; } = [];

    /// <summary>Bytes before the bottleneck.</summary>
    public int WaitingBytes => _waitingBytes;

    /// <summary>Packets that found the queue full.</summary>
    public int Dropped { get; private set; }

    public MediaTime NextDeadline =>
        MediaTime.Min(
            _waiting.TryPeek(out var head) ? StartOf(head.Entered) : MediaTime.Never,
            _travelling.TryPeek(out var first) ? first.Due : MediaTime.Never
        );

    /// <summary>Nothing passes before this time; what comes meanwhile waits.</summary>
    public void StallUntil(MediaTime end) => _stalledUntil = end;

    public void Send(ReadOnlySpan<byte> packet, MediaTime now)
    {
        Advance(now);
        if (_waitingBytes + packet.Length + HeaderBytes > Quality.QueueBytes)
        {
            Dropped++;
            return;
        }

        _waiting.Enqueue((packet.ToArray(), now));
        _waitingBytes += packet.Length + HeaderBytes;
        Advance(now);
    }

    /// <summary>The next packet that has arrived.</summary>
    public bool TryReceive(MediaTime now, out byte[] packet)
    {
        Advance(now);
        if (!_travelling.TryPeek(out var first) || first.Due > now)
        {
            packet = [];
            return false;
        }

        packet = _travelling.Dequeue().Packet;
        return true;
    }

    private MediaTime StartOf(MediaTime entered) => MediaTime.Max(MediaTime.Max(entered, _freeAt), _stalledUntil);

    /// <summary>Puts on the line whatever may begin to pass by now.</summary>
    private void Advance(MediaTime now)
    {
        while (_waiting.TryPeek(out var head) && StartOf(head.Entered) <= now)
        {
            var start = StartOf(head.Entered);
            var bytes = head.Packet.Length + HeaderBytes;
            _waiting.Dequeue();
            _waitingBytes -= bytes;
            _freeAt = start + TimeSpan.FromTicks(bytes * 8 * TimeSpan.TicksPerSecond / Quality.RateBps);
            Passages.Add(new Passage(start, start - head.Entered, bytes));
            if (_random.NextDouble() >= Quality.Loss)
            {
                _travelling.Enqueue((head.Packet, _freeAt + Quality.Delay));
            }
        }
    }
}
