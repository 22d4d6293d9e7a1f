using Mcu.Media;

namespace Mcu.Rtp.Receive;

// Frames that come once more in later packets (RED, RFC 2198).
public sealed partial class AudioJitterBuffer
{
    /// <summary>Waiting for repair that comes later than so many packets is not worth the delay.</summary>
    private const int MaxRepairDistance = 3;

    private int _repairDistance = 1; // packets
    private long? _repairedFrom; // packets before this one were never sent to us

    /// <summary>
    /// Copies a frame in that an earlier packet carried, where that packet is missing; false where it is not, or where it is too late. Comes
    /// after the packet that carries it was inserted. Says nothing about the network: it is late by intent.
    /// </summary>
    /// <param name="sequence">Number of the packet that was lost: RED does not say it, it is counted back from the packet's own.</param>
    /// <param name="timestamp">RTP timestamp of the frame.</param>
    /// <param name="payload">One encoded frame.</param>
    /// <param name="durationUnits">What the payload decodes to, in RTP clock units.</param>
    /// <param name="arrival">Time of arrival of the packet that carries it.</param>
    public bool InsertRedundant(ushort sequence, uint timestamp, ReadOnlySpan<byte> payload, int durationUnits, MediaTime arrival)
    {
        ReleaseLent();
        var back = (short)((ushort)_highestSequence - sequence);
        var unwrapped = _highestSequence - back;
        var time = _highestTimestamp + (int)(timestamp - (uint)_highestTimestamp);
        _repairedFrom ??= _highestSequence;
        if (!_hasStarted || back <= 0 || time >= _highestTimestamp || durationUnits <= 0 || IsDuplicate(unwrapped))
        {
            return false;
        }

        if (unwrapped >= _repairedFrom)
        {
            LearnRepair(back, arrival);
        }

        if (unwrapped < _nextSequence)
        {
            return false;
        }

        Store(unwrapped, time, payload, durationUnits, arrival);
        return true;
    }

    /// <summary>Repair came so many packets behind: in time or not, the next time it is waited for.</summary>
    private void LearnRepair(int distance, MediaTime arrival)
    {
        if (arrival >= _lossExpectedUntil)
        {
            _repairDistance = 1;
        }

        _repairDistance = Math.Max(_repairDistance, Math.Min(distance, MaxRepairDistance));
        _lossExpectedUntil = arrival + s_lossMemory;
    }
}
