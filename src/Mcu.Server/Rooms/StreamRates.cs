using Mcu.Media;
using Mcu.Sdp.Negotiation;

namespace Mcu.Server.Rooms;

/// <summary>Bit/s of a leg's streams, averaged over the last seconds. Belongs to the room's writer.</summary>
internal sealed class StreamRates
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);
    private static readonly int Tracks = Enum.GetValues<MediaPurpose>().Length;

    private readonly long[] _bytesIn = new long[Tracks];
    private readonly long[] _bytesBefore = new long[2 * Tracks];
    private readonly long[] _bitsPerSecond = new long[2 * Tracks];
    private MediaTime _sampled;

    public void OnReceived(MediaPurpose track, int bytes) => _bytesIn[(int)track] += bytes;

    public long Incoming(MediaPurpose track) => _bitsPerSecond[(int)track];

    public long Outgoing(MediaPurpose track) => _bitsPerSecond[Tracks + (int)track];

    /// <summary>Takes a sample where the last one is old enough.</summary>
    public void Sample(MediaTime now, long audioSent, long videoSent)
    {
        var elapsed = now - _sampled;
        if (elapsed < Window)
        {
            return;
        }

        _sampled = now;
        for (var track = 0; track < Tracks; track++)
        {
            Update(track, _bytesIn[track], elapsed);
        }

        Update(Tracks + (int)MediaPurpose.Audio, audioSent, elapsed);
        Update(Tracks + (int)MediaPurpose.Video, videoSent, elapsed);
    }

    private void Update(int index, long bytes, TimeSpan elapsed)
    {
        _bitsPerSecond[index] = (long)((bytes - _bytesBefore[index]) * 8 / elapsed.TotalSeconds);
        _bytesBefore[index] = bytes;
    }
}
