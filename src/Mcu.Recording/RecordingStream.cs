using Mcu.Media.Codecs;
using Mcu.Recording.Containers;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Recording;

/// <summary>
/// Frames of a conference on their way into a container: packets are joined to frames, and silence is put where no sound came, so that a file
/// has sound from its beginning to its end. Sans-IO; times are of the recording. One owner.
/// </summary>
internal sealed class RecordingStream(IMuxer muxer, VideoCodec? codec)
{
    /// <summary>Frames of the same moment arrive within this time of each other: encoding takes as long.</summary>
    public static readonly TimeSpan MergeWindow = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan PacketTime = TimeSpan.FromMilliseconds(20);

    private readonly IVideoDepacketizer? _depacketizer = codec is { } video ? VideoPayloads.CreateDepacketizer(video) : null;
    private byte[] _frame = new byte[16 * 1024];
    private TimeSpan _soundUntil;

    /// <summary>20 ms of silence in Opus: CELT, fullband, one frame of nothing (RFC 6716 section 3.1).</summary>
    private static ReadOnlySpan<byte> Silence => [0xF8, 0xFF, 0xFE];

    /// <summary>Silence that was put in, in packets of 20 ms.</summary>
    public long SilentPackets { get; private set; }

    public void AddAudio(PacketizedFrame frame, TimeSpan time)
    {
        if (time + PacketTime <= _soundUntil)
        {
            return; // its place is taken by silence already
        }

        FillSilence(time);
        time = time < _soundUntil ? _soundUntil : time;
        muxer.AddAudio(frame[0], time);
        _soundUntil = time + PacketTime;
    }

    public void AddVideo(PacketizedFrame frame, TimeSpan time, PictureSize size)
    {
        var needed = frame.TotalBytes * 2;
        if (_frame.Length < needed)
        {
            _frame = new byte[needed * 2];
        }

        var length = 0;
        for (var i = 0; i < frame.Count; i++)
        {
            length += _depacketizer!.Append(frame[i], _frame.AsSpan(length));
        }

        muxer.AddVideo(_frame.AsSpan(0, length), time, frame.IsKeyframe, size);
    }

    /// <summary>Writes all that is older than the merge window; false while the first keyframe is awaited.</summary>
    public bool Cut(TimeSpan position, ByteWriter output)
    {
        var end = position - MergeWindow;
        if (end <= TimeSpan.Zero)
        {
            return false;
        }

        FillSilence(end);
        return muxer.Cut(end, output);
    }

    /// <inheritdoc cref="IMuxer.Finish"/>
    public IReadOnlyList<FilePatch> Finish(TimeSpan end, ByteWriter output)
    {
        FillSilence(end);
        return muxer.Finish(end, output);
    }

    private void FillSilence(TimeSpan until)
    {
        for (; _soundUntil + PacketTime <= until; _soundUntil += PacketTime)
        {
            muxer.AddAudio(Silence, _soundUntil);
            SilentPackets++;
        }
    }
}
