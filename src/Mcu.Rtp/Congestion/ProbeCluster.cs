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
    private const double FewestArrived = 0.75;
    private const double Unsaturated = 0.9;
    private const double Utilization = 0.95;
    private static readonly TimeSpan s_longestTrain = TimeSpan.FromSeconds(1);

    private byte _lastId;
    private int _bytesWanted;
    private int _sent;
    private int _sentBytes;
    private int _arrived;
    private int _arrivedBytes;
    private SentPacket _first;
    private SentPacket _last;
    private MediaTime _firstArrival;
    private MediaTime _lastArrival;

    /// <summary>The mark of its packets; 0 when no packets are to be sent.</summary>
    public byte Sending { get; private set; }

    /// <summary>All are sent, and it is not concluded yet.</summary>
    public bool IsWaiting { get; private set; }

    public bool IsBusy => Sending != 0 || IsWaiting;

    public double RateBps { get; private set; }

    public MediaTime StartedAt { get; private set; }

    /// <summary>The size of its packets, as far as they may be chosen.</summary>
    public int PacketBytes => Math.Clamp(_bytesWanted / FewestPackets, 100, 1200);

    public void Start(double rateBps, MediaTime now)
    {
        _lastId = (byte)((_lastId % byte.MaxValue) + 1);
        Sending = _lastId;
        IsWaiting = false;
        RateBps = rateBps;
        StartedAt = now;
        _bytesWanted = BytesOf(rateBps);
        _sent = 0;
        _sentBytes = 0;
        _arrived = 0;
        _arrivedBytes = 0;
    }

    /// <summary>How much a train at that rate takes.</summary>
    public static int BytesOf(double rateBps) => Math.Max(FewestBytes, (int)(rateBps * Seconds / 8));

    public void OnSent(int bytes)
    {
        if (Sending != 0)
        {
            _sentBytes += bytes;
            if (++_sent >= FewestPackets && _sentBytes >= _bytesWanted)
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

        if (_arrived++ == 0)
        {
            _first = packet;
            _firstArrival = arrival;
            _lastArrival = arrival;
        }

        _arrivedBytes += packet.Bytes;
        _last = packet; // reports are in the order of sending
        _lastArrival = MediaTime.Max(_lastArrival, arrival);
    }

    public void Abandon()
    {
        Sending = 0;
        IsWaiting = false;
    }

    /// <summary>
    /// What the train showed, if enough of it has arrived; it is over then. What was lost in its middle took its time on the path as well,
    /// unless far more was lost than the path loses anyway.
    /// </summary>
    /// <param name="inherentLoss">That share, 0 to 1.</param>
    /// <param name="provenBps">What the path carries, at least.</param>
    /// <param name="isSaturated">It carries no more.</param>
    public bool TryConclude(double inherentLoss, out double provenBps, out bool isSaturated)
    {
        provenBps = 0;
        isSaturated = false;
        var enough = FewestArrived * (1 - Math.Min(inherentLoss, 0.5)) * _sentBytes;
        var sentFor = _last.SentAt - _first.SentAt;
        var arrivedFor = _lastArrival - _firstArrival;
        if (
            !IsWaiting
            || _arrived < FewestPackets - 1
            || _arrivedBytes < enough
            || sentFor <= TimeSpan.Zero
            || arrivedFor <= TimeSpan.Zero
            || sentFor > s_longestTrain
            || arrivedFor > s_longestTrain
        )
        {
            return false;
        }

        IsWaiting = false;
        var bits = (_last.BytesUpTo - _first.BytesUpTo) * 8;
        var arrivedBps = bits / arrivedFor.TotalSeconds;
        isSaturated = arrivedFor * Unsaturated > sentFor;
        provenBps = Math.Min(RateBps, isSaturated ? arrivedBps * Utilization : Math.Min(arrivedBps, bits / sentFor.TotalSeconds));
        return true;
    }
}
