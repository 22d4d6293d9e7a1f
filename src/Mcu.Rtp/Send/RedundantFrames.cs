using Mcu.Rtp.Payloads;

namespace Mcu.Rtp.Send;

/// <summary>
/// The audio frames that one stream sent last, of which each packet carries some once more (RED, RFC 2198): references to what is shared with
/// others, not copies. Bounded; allocates nothing after construction.
/// </summary>
internal sealed class RedundantFrames
{
    public const int MaxDepth = 3;

    private readonly (PacketizedFrame? Frame, uint Timestamp)[] _sent = new (PacketizedFrame?, uint)[MaxDepth]; // the newest first
    private int _count;

    /// <summary>How many earlier frames a packet carries, 0 to <see cref="MaxDepth"/>.</summary>
    public int Depth
    {
        get;
        set
        {
            field = Math.Clamp(value, 0, MaxDepth);
            while (_count > field)
            {
                Forget();
            }
        }
    }

    /// <summary>
    /// Writes a frame and as many of those before it as there are and as fit; 0 where there are none. Then keeps the frame.
    /// </summary>
    /// <param name="payloadType">Of the frames themselves.</param>
    /// <param name="frame">One payload, as audio is.</param>
    /// <param name="timestamp">Its RTP timestamp.</param>
    /// <param name="destination">Never written beyond <see cref="VideoPayloads.DefaultMaxPayload"/>.</param>
    public int Write(byte payloadType, PacketizedFrame frame, uint timestamp, Span<byte> destination)
    {
        var count = CountThatFit(frame[0].Length, timestamp, Math.Min(destination.Length, VideoPayloads.DefaultMaxPayload));
        var length = 0;
        if (count > 0)
        {
            var writer = new RedWriter(destination, count);
            for (var i = count - 1; i >= 0; i--)
            {
                writer.AddRedundant(payloadType, (int)(timestamp - _sent[i].Timestamp), _sent[i].Frame![0]);
            }

            length = writer.AddPrimary(payloadType, frame[0]);
        }

        Keep(frame, timestamp);
        return length;
    }

    public void Clear()
    {
        while (_count > 0)
        {
            Forget();
        }
    }

    /// <summary>The newest without a gap: receivers tell the sequence number of a block by counting back.</summary>
    private int CountThatFit(int primaryBytes, uint timestamp, int room)
    {
        var bytes = primaryBytes;
        for (var i = 0; i < _count; i++)
        {
            var length = _sent[i].Frame![0].Length;
            bytes += length;
            var isTooOld = timestamp - _sent[i].Timestamp > RedWriter.MaxTimestampOffset;
            if (isTooOld || length > RedWriter.MaxBlockLength || RedWriter.LengthOf(i + 1, bytes) > room)
            {
                return i;
            }
        }

        return _count;
    }

    private void Keep(PacketizedFrame frame, uint timestamp)
    {
        if (Depth == 0)
        {
            return;
        }

        if (_count == Depth)
        {
            Forget();
        }

        _sent.AsSpan(0, _count).CopyTo(_sent.AsSpan(1));
        _sent[0] = (frame.AddReference(), timestamp);
        _count++;
    }

    private void Forget()
    {
        ref var oldest = ref _sent[--_count];
        oldest.Frame!.Release();
        oldest.Frame = null;
    }
}
