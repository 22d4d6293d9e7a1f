using Mcu.Rtp;

namespace Mcu.Telephony;

/// <summary>
/// Takes keys out of telephone-event packets (RFC 4733 section 2.3): each event once, however often its packets are repeated, whichever of
/// them are lost or come late. An event is named by its source and RTP timestamp.
/// </summary>
public sealed class TelephoneEvents
{
    private const int PayloadLength = 4;
    private const string Keys = "0123456789*#ABCD";

    /// <summary>A key held for longer goes on under a timestamp that is so much later (section 2.5.1.3).</summary>
    private const uint LongestSegment = ushort.MaxValue;

    private bool _hasEvent;
    private uint _source;
    private uint _newest;
    private byte _newestEvent;

    /// <summary>The key of an event that was not seen before; false for repetitions, older events, other events than keys, and nonsense.</summary>
    public bool TryTake(in RtpPacket packet, out char key)
    {
        key = default;
        var payload = packet.Payload;
        var isSameSource = _hasEvent && packet.Ssrc == _source; // timestamps of another have nothing to do with those before
        if (payload.Length < PayloadLength || payload[0] >= Keys.Length || (isSameSource && (int)(packet.Timestamp - _newest) <= 0))
        {
            return false;
        }

        var goesOn = isSameSource && _newestEvent == payload[0] && packet.Timestamp - _newest == LongestSegment;
        _hasEvent = true;
        _source = packet.Ssrc;
        _newest = packet.Timestamp;
        _newestEvent = payload[0];
        key = Keys[payload[0]];
        return !goesOn;
    }
}
