using Mcu.Media;

namespace Mcu.TestKit.Network;

/// <summary>How bad a <see cref="BadNetwork"/> is. The default is perfect and takes no time.</summary>
public sealed record BadNetworkOptions
{
    public TimeSpan Delay { get; init; }

    /// <summary>Each packet takes up to this much longer, evenly spread.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>False: a packet never overtakes another (a queue); true: jitter reorders.</summary>
    public bool JitterReorders { get; init; }

    /// <summary>Share of packets lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Mean number of packets lost in a row; 1 for independent losses (Gilbert model).</summary>
    public double LossBurst { get; init; } = 1;

    public double Duplication { get; init; }

    /// <summary>Share of packets that are held back by <see cref="ReorderDelay"/>.</summary>
    public double Reordering { get; init; }

    public TimeSpan ReorderDelay { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Bits per second of the bottleneck; 0 for none.</summary>
    public long RateBps { get; init; }

    /// <summary>What the bottleneck's queue holds before it drops.</summary>
    public TimeSpan QueueLimit { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>
/// One direction of a network in virtual time: loses, delays, reorders, repeats and throttles packets, the same way for the same seed.
/// </summary>
public sealed class BadNetwork(BadNetworkOptions options, int seed)
{
    private readonly PriorityQueue<byte[], (long Due, long Order)> _flight = new();
    private readonly Random _random = new(seed);
    private bool _losing;
    private long _order;
    private long _lineFreeAt;
    private long _lastDue;
    private long _blockedUntil;

    /// <summary>May be changed at any time; holds for packets sent from then on.</summary>
    public BadNetworkOptions Options { get; set; } = options;

    public long Sent { get; private set; }

    public long Lost { get; private set; }

    public long Delivered { get; private set; }

    /// <summary>When the next packet arrives; <see cref="MediaTime.Never"/> if none is under way.</summary>
    public MediaTime NextDeadline => _flight.TryPeek(out _, out var key) ? new MediaTime(key.Due) : MediaTime.Never;

    /// <summary>Nothing arrives before this time; then everything that was held up does at once.</summary>
    public void StallUntil(MediaTime end) => _blockedUntil = end.Ticks;

    public void Send(ReadOnlySpan<byte> packet, MediaTime now)
    {
        Sent++;
        if (IsLost() || !TryPassBottleneck(packet.Length, now, out var departure))
        {
            Lost++;
            return;
        }

        var copies = _random.NextDouble() < Options.Duplication ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            _flight.Enqueue(packet.ToArray(), (DueAt(departure), _order++));
        }
    }

    /// <summary>The next packet that has arrived by <paramref name="now"/>, and when it did.</summary>
    public bool TryReceive(MediaTime now, out byte[] packet, out MediaTime arrival)
    {
        arrival = NextDeadline;
        if (arrival > now)
        {
            packet = [];
            return false;
        }

        packet = _flight.Dequeue();
        Delivered++;
        return true;
    }

    private bool IsLost()
    {
        if (Options.Loss <= 0)
        {
            return false;
        }

        // Two states; leaving the lossy one gives the burst length, entering it then gives the share.
        var leave = 1 / Math.Max(1, Options.LossBurst);
        var enter = Options.Loss >= 1 ? 1 : leave * Options.Loss / (1 - Options.Loss);
        _losing = Options.Loss >= 1 || (_losing ? _random.NextDouble() >= leave : _random.NextDouble() < enter);
        return _losing;
    }

    private bool TryPassBottleneck(int bytes, MediaTime now, out long departure)
    {
        departure = now.Ticks;
        if (Options.RateBps <= 0)
        {
            return true;
        }

        var start = Math.Max(now.Ticks, _lineFreeAt);
        if (start - now.Ticks > Options.QueueLimit.Ticks)
        {
            return false;
        }

        _lineFreeAt = start + (bytes * 8 * TimeSpan.TicksPerSecond / Options.RateBps);
        departure = _lineFreeAt;
        return true;
    }

    private long DueAt(long departure)
    {
        var due = departure + Options.Delay.Ticks + (long)(_random.NextDouble() * Options.Jitter.Ticks);
        if (!Options.JitterReorders)
        {
            due = Math.Max(due, _lastDue);
            _lastDue = due;
        }

        if (_random.NextDouble() < Options.Reordering)
        {
            due += Options.ReorderDelay.Ticks;
        }

        return Math.Max(due, _blockedUntil);
    }
}
