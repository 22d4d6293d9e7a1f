using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>
/// What the line carries, from packets that stood in its queue: of two that were sent one after the other and both waited, the later one came as much
/// after the earlier as the line took to carry it. That is right at once, and however little is sent on average.
/// </summary>
internal sealed class BusyRate
{
    private const int Pairs = 8;
    private const int FewestPairs = 3;
    private const long FewestBits = 1000 * 8;
    private static readonly TimeSpan s_waited = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_forgottenAfter = TimeSpan.FromSeconds(1);

    private readonly (long Bits, TimeSpan Took, MediaTime At)[] _pairs = new (long, TimeSpan, MediaTime)[Pairs];
    private int _next;
    private long _lastUpTo = -1;
    private MediaTime _lastArrival;

    /// <summary>Takes a packet that arrived, in the order of sending.</summary>
    /// <param name="waited">Its delay above the least of the path.</param>
    public void Add(in SentPacket packet, MediaTime arrival, TimeSpan waited)
    {
        var follows = packet.BytesUpTo - packet.Bytes == _lastUpTo;
        var took = arrival - _lastArrival;
        if (follows && waited > s_waited && took > TimeSpan.Zero && took < waited + s_forgottenAfter)
        {
            _pairs[_next++ % Pairs] = (packet.Bytes * 8L, took, arrival);
        }

        _lastUpTo = waited > s_waited ? packet.BytesUpTo : -1;
        _lastArrival = arrival;
    }

    /// <summary>Bit/s; 0 where too little waited lately.</summary>
    public double Rate()
    {
        var bits = 0L;
        var took = TimeSpan.Zero;
        var count = 0;
        foreach (var pair in _pairs)
        {
            if (pair.Bits > 0 && _lastArrival - pair.At < s_forgottenAfter)
            {
                bits += pair.Bits;
                took += pair.Took;
                count++;
            }
        }

        return count >= FewestPairs && bits >= FewestBits ? bits / took.TotalSeconds : 0;
    }
}
