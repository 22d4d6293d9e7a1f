using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>
/// A short train of packets sent faster than the rate, to see how fast it arrives: one at a time. What arrives as fast as it was sent
/// proves the rate; what arrives slower shows what the path carries.
/// </summary>
internal sealed class ProbeCluster
{
    private const int FewestPackets = 5;
    private const int FewestBytes = 500;
    private const double Seconds = 0.025;
    private const double FewestArrived = 0.7;
    private const double Unsaturated = 0.9;
    private const double Utilization = 0.95;
    private static readonly TimeSpan s_longestTrain = TimeSpan.FromSeconds(1);

    private byte _lastId;
    private int _bytesWanted;
    private Side _sent;
    private Side _arrived;
    private int _lastSentBytes;
    private int _firstArrivedBytes;

    /// <summary>The mark of its packets; 0 when no packets are to be sent.</summary>
    public byte Sending { get; private set; }

    /// <summary>All are sent, and it is not concluded yet.</summary>
    public bool IsWaiting { get; private set; }

    public bool IsBusy => Sending != 0 || IsWaiting;

    public double RateBps { get; private set; }

    public MediaTime StartedAt { get; private set; }

    /// <summary>Bytes still to be sent.</summary>
    public int BytesLeft => Math.Max(_bytesWanted - _sent.Bytes, 1);

    public void Start(double rateBps, MediaTime now)
    {
        _lastId = (byte)((_lastId % byte.MaxValue) + 1);
        Sending = _lastId;
        IsWaiting = false;
        RateBps = rateBps;
        StartedAt = now;
        _bytesWanted = BytesOf(rateBps);
        _sent = default;
        _arrived = default;
    }

    /// <summary>How much a train at that rate takes.</summary>
    public static int BytesOf(double rateBps) => Math.Max(FewestBytes, (int)(rateBps * Seconds / 8));

    public void OnSent(int bytes, MediaTime now)
    {
        if (Sending != 0)
        {
            _sent.Add(bytes, now);
            if (_sent.Bytes >= _bytesWanted && _sent.Packets >= FewestPackets)
            {
                Sending = 0;
                IsWaiting = true;
            }
        }
    }

    public void OnArrived(in SentPacket packet, MediaTime arrival)
    {
        if (packet.Probe != _lastId || !IsBusy)
        {
            return;
        }

        if (arrival < _arrived.First || _arrived.Packets == 0)
        {
            _firstArrivedBytes = packet.Bytes;
        }

        _arrived.Add(packet.Bytes, arrival);
        _lastSentBytes = packet.Bytes; // reports are in the order of sending
        _arrived.LastSentAt = packet.SentAt;
        if (_arrived.Packets == 1)
        {
            _arrived.FirstSentAt = packet.SentAt;
        }
    }

    public void Abandon()
    {
        Sending = 0;
        IsWaiting = false;
    }

    /// <summary>
    /// The rate that the train proved, if enough of it has arrived; it is over then. Bytes that the path loses at any rate took their
    /// time on it, so what arrived is scaled up by them.
    /// </summary>
    /// <param name="inherentLoss">That share, 0 to 1.</param>
    /// <param name="provenBps">What the path carries, at least.</param>
    /// <param name="isSaturated">It carries no more.</param>
    public bool TryConclude(double inherentLoss, out double provenBps, out bool isSaturated)
    {
        provenBps = 0;
        isSaturated = false;
        var arrives = 1 - Math.Min(inherentLoss, 0.5);
        if (!IsWaiting || _arrived.Packets < FewestPackets - 1 || _arrived.Bytes < FewestArrived * arrives * _sent.Bytes)
        {
            return false;
        }

        var sentFor = _arrived.LastSentAt - _arrived.FirstSentAt;
        var arrivedFor = _arrived.Last - _arrived.First;
        if (sentFor <= TimeSpan.Zero || arrivedFor <= TimeSpan.Zero || sentFor > s_longestTrain || arrivedFor > s_longestTrain)
        {
            return false;
        }

        IsWaiting = false;
        var sentBps = (_arrived.Bytes - _lastSentBytes) * 8 / sentFor.TotalSeconds / arrives;
        var arrivedBps = (_arrived.Bytes - _firstArrivedBytes) * 8 / arrivedFor.TotalSeconds / arrives;
        isSaturated = arrivedBps < Unsaturated * sentBps;
        provenBps = Math.Min(RateBps, isSaturated ? arrivedBps * Utilization : Math.Min(sentBps, arrivedBps));
        return true;
    }

    private struct Side
    {
        public int Bytes;
        public int Packets;
        public MediaTime First;
        public MediaTime Last;
        public MediaTime FirstSentAt;
        public MediaTime LastSentAt;

        public void Add(int bytes, MediaTime at)
        {
            First = Packets == 0 ? at : MediaTime.Min(First, at);
            Last = Packets == 0 ? at : MediaTime.Max(Last, at);
            Bytes += bytes;
            Packets++;
        }
    }
}
