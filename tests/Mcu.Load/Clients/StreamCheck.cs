using System.Buffers.Binary;
using Mcu.Media;

namespace Mcu.Load.Clients;

/// <summary>Looks at what arrives of one stream by its RTP headers, which SRTP leaves readable (RFC 3711 section 3.1).</summary>
internal sealed class StreamCheck
{
    private MediaTime _last;
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
            Frames += timestamp == _timestamp ? 0 : 1;
            var silence = arrival - _last;
            LongestSilence = silence > LongestSilence ? silence : LongestSilence;
        }

        Packets++;
        _sequence = sequence;
        _timestamp = timestamp;
        _last = arrival;
    }

    /// <summary>Begins to count anew, without forgetting where the stream is.</summary>
    public void Reset()
    {
        Packets = 0;
        Gaps = 0;
        Frames = 0;
        Jumps = 0;
        LongestSilence = TimeSpan.Zero;
    }
}
