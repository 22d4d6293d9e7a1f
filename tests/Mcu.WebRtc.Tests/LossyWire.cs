using Mcu.Media;
using Mcu.Media.Network;

namespace Mcu.WebRtc.Tests;

/// <summary>A one-way wire in virtual time: loses and delays datagrams by a seed.</summary>
internal sealed class LossyWire(int seed, double loss, double delayMs = 20, double jitterMs = 0)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<byte[], long> _inFlight = new();

    public double Loss { get; set; } = loss;

    public MediaTime NextArrival => _inFlight.TryPeek(out _, out var ticks) ? new MediaTime(ticks) : MediaTime.Never;

    public void Send(ReadOnlySpan<byte> datagram, MediaTime now)
    {
        if (_random.NextDouble() >= Loss)
        {
            _inFlight.Enqueue(datagram.ToArray(), (now + TimeSpan.FromMilliseconds(delayMs + (_random.NextDouble() * jitterMs))).Ticks);
        }
    }

    /// <summary>Sends all of a batch, whatever its paths, and empties it.</summary>
    public void SendAll(DatagramBatch batch, MediaTime now)
    {
        foreach (var entry in batch.Entries)
        {
            Send(batch.BytesOf(entry), now);
        }

        batch.Clear();
    }

    public bool TryReceive(MediaTime now, out byte[] datagram)
    {
        datagram = [];
        return NextArrival <= now && _inFlight.TryDequeue(out datagram!, out _);
    }
}
