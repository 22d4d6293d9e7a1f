using Mcu.Media;

namespace Mcu.TestKit.Network;

/// <summary>What a <see cref="Bottleneck{T}"/> is like. The default is an endless line that takes no time.</summary>
public sealed record BottleneckOptions
{
    /// <summary>Bits per second of the line, counted as the bytes that <see cref="Bottleneck{T}.Send"/> is told; 0 for no limit.</summary>
    public long RateBps { get; init; }

    /// <summary>A packet that would wait longer for the line is dropped.</summary>
    public TimeSpan QueueLimit { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Propagation, after the line.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Each packet takes up to this much longer, evenly spread; none overtakes another.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Share of packets that took their time on the line and are lost behind it, 0 to 1, whatever the load.</summary>
    public double Loss { get; init; }

    /// <summary>Mean number of packets lost in a row; 1 for independent losses (Gilbert model).</summary>
    public double LossBurst { get; init; } = 1;
}

/// <summary>
/// One direction of a narrow line in virtual time, the same for the same seed: a first-in first-out queue before a line of a given rate,
/// then propagation, jitter and random loss.
/// <code>
/// line.Send(packet, bytesOnTheWire, now);                            // any item: a datagram, a number
/// line.Change(line.Options with { RateBps = 150_000 }, now);         // at any time; what is queued goes on at the new rate
/// line.StallUntil(now + 300 ms);                                     // nothing leaves the queue before
/// while (line.TryReceive(now, out var packet, out var arrival)) { }  // no later than at line.NextDeadline
/// </code>
/// <see cref="QueueDelay"/> is what a packet sent now would wait; <see cref="LastWait"/> what the packet received last had waited.
/// </summary>
/// <remarks>The bytes include IP and UDP headers if the rate is that of a real line: a datagram's length and 28.</remarks>
public sealed class Bottleneck<T>(BottleneckOptions options, int seed)
{
    private readonly Queue<(T Item, int Bytes, MediaTime At)> _queue = new();
    private readonly Queue<(T Item, MediaTime Due, TimeSpan Wait)> _flight = new();
    private readonly Random _random = new(seed);
    private bool _losing;
    private long _queuedBytes;
    private MediaTime _lineFreeAt;
    private MediaTime _lastDue;

    /// <summary>As of the last <see cref="Change"/>.</summary>
    public BottleneckOptions Options { get; private set; } = options;

    public long Sent { get; private set; }

    /// <summary>Lost by chance, behind the line.</summary>
    public long Lost { get; private set; }

    /// <summary>Dropped because the queue was full.</summary>
    public long Dropped { get; private set; }

    public long Delivered { get; private set; }

    /// <summary>Bytes that have passed the line, lost ones included.</summary>
    public long BytesCarried { get; private set; }

    /// <summary>How long the packet received last had waited for the line and on it.</summary>
    public TimeSpan LastWait { get; private set; }

    /// <summary>When something happens next; <see cref="MediaTime.Never"/> while the line is empty.</summary>
    public MediaTime NextDeadline =>
        MediaTime.Min(
            _flight.TryPeek(out var first) ? first.Due : MediaTime.Never,
            _queue.TryPeek(out var head) ? EndOf(head.Bytes, head.At) : MediaTime.Never
        );

    /// <summary>How long a packet sent at this moment waits before the line takes it.</summary>
    public TimeSpan QueueDelay(MediaTime now)
    {
        Advance(now);
        return _queue.TryPeek(out var head) ? EndOf(head.Bytes, head.At) - now + TransmissionOf(_queuedBytes - head.Bytes)
            : _lineFreeAt > now ? _lineFreeAt - now
            : TimeSpan.Zero;
    }

    /// <summary>Changes the line from now on.</summary>
    public void Change(BottleneckOptions options, MediaTime now)
    {
        Advance(now);
        Options = options;
    }

    /// <summary>The line takes nothing more before this time.</summary>
    public void StallUntil(MediaTime end) => _lineFreeAt = MediaTime.Max(_lineFreeAt, end);

    /// <summary>Puts a packet into the queue, unless that is full.</summary>
    public void Send(T item, int bytes, MediaTime now)
    {
        Sent++;
        if (QueueDelay(now) > Options.QueueLimit)
        {
            Dropped++;
            return;
        }

        _queue.Enqueue((item, bytes, now));
        _queuedBytes += bytes;
        Advance(now);
    }

    /// <summary>The next packet that has arrived by <paramref name="now"/>, and when it did.</summary>
    public bool TryReceive(MediaTime now, out T item, out MediaTime arrival)
    {
        Advance(now);
        if (!_flight.TryPeek(out var first) || first.Due > now)
        {
            item = default!;
            arrival = MediaTime.Never;
            return false;
        }

        _flight.Dequeue();
        (item, arrival, LastWait) = first;
        Delivered++;
        return true;
    }

    private void Advance(MediaTime now)
    {
        while (_queue.TryPeek(out var head) && EndOf(head.Bytes, head.At) is var end && end <= now)
        {
            _queue.Dequeue();
            _queuedBytes -= head.Bytes;
            BytesCarried += head.Bytes;
            _lineFreeAt = end;
            if (IsLost())
            {
                Lost++;
                continue;
            }

            _lastDue = MediaTime.Max(_lastDue, end + Options.Delay + (_random.NextDouble() * Options.Jitter));
            _flight.Enqueue((head.Item, _lastDue, end - head.At));
        }
    }

    private MediaTime EndOf(int bytes, MediaTime queuedAt) => MediaTime.Max(_lineFreeAt, queuedAt) + TransmissionOf(bytes);

    private TimeSpan TransmissionOf(long bytes) =>
        Options.RateBps <= 0 ? TimeSpan.Zero : TimeSpan.FromTicks(bytes * 8 * TimeSpan.TicksPerSecond / Options.RateBps);

    private bool IsLost()
    {
        if (Options.Loss <= 0)
        {
            return false;
        }

        // Two states; leaving the lossy one gives the burst length, entering it then gives the share.
        var leave = 1 / Math.Max(1, Options.LossBurst);
        var enter = Options.Loss >= 1 ? 1 : leave * Options.Loss / (1 - Options.Loss);
        _losing = Options.Loss >= 1 || (_losing ? _random.NextDouble() >= leave : _random.NextDouble() < Math.Min(1, enter));
        return _losing;
    }
}
