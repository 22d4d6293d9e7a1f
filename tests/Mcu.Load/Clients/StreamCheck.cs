using System.Buffers.Binary;
using Mcu.Media;

namespace Mcu.Load.Clients;

/// <summary>Looks at what arrives of one stream by its RTP headers, which SRTP leaves readable (RFC 3711 section 3.1).</summary>
internal sealed class StreamCheck
{
    private MediaTime _last;
    private MediaTime _lastFrame;
    private int _sequence = -1;
    private uint _timestamp;

    public long Packets { get; private set; }

    /// <summary>Sequence numbers that never came, or came out of order.</summary>
    public long Gaps { get; private set; }

    /// <summary>Frames: distinct timestamps.</summary>
    public long Frames { get; private set; }

    /// <summary>Packets in sequence whose timestamp did not move on by a whole number of <see cref="TimestampStep"/>.</summary>
    public long Jumps { get; private set; }

    /// <summary>Longest time between two packets.</summary>
    public TimeSpan LongestSilence { get; private set; }

    /// <summary>Longest time between the first packets of two frames.</summary>
    public TimeSpan LongestFreeze { get; private set; }

    /// <summary>When the very first packet came; never before.</summary>
    public MediaTime First { get; private set; } = MediaTime.Never;

    /// <summary>What an audio timestamp moves by per packet; 0 for video, where it is not checked.</summary>
    public uint TimestampStep { get; init; }

    /// <summary>Takes one RTP packet, encrypted or not, of at least 12 bytes.</summary>
    public void OnPacket(ReadOnlySpan<byte> packet, MediaTime arrival)
    {
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        var timestamp = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        if (_sequence >= 0)
        {
            var step = (ushort)(sequence - _sequence);
            Gaps += step == 1 ? 0 : 1;
            Jumps += TimestampStep != 0 && step == 1 && (timestamp - _timestamp) % TimestampStep != 0 ? 1 : 0;
            LongestSilence = Longer(LongestSilence, arrival - _last);
            if (timestamp != _timestamp)
            {
                Frames++;
                LongestFreeze = Longer(LongestFreeze, arrival - _lastFrame);
                _lastFrame = arrival;
            }
        }
        else
        {
            First = arrival;
            _lastFrame = arrival;
        }

        Packets++;
        _sequence = sequence;
        _timestamp = timestamp;
        _last = arrival;
    }

    /// <summary>Begins to count anew at <paramref name="now"/>, without forgetting where the stream is; a gap that is open counts from now.</summary>
    public void Reset(MediaTime now)
    {
        Packets = 0;
        Gaps = 0;
        Frames = 0;
        Jumps = 0;
        LongestSilence = TimeSpan.Zero;
        LongestFreeze = TimeSpan.Zero;
        _last = now;
        _lastFrame = now;
    }

    /// <summary>Counts a gap that is still open at <paramref name="now"/>, so that a stream that stopped is told.</summary>
    public void Close(MediaTime now)
    {
        LongestSilence = Longer(LongestSilence, now - _last);
        LongestFreeze = Longer(LongestFreeze, now - _lastFrame);
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
