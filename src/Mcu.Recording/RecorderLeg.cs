using System.Threading.Channels;
using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Recording.Containers;
using Mcu.Rtp.Send;

namespace Mcu.Recording;

internal enum RecordedKind
{
    Audio,
    Video,
    Pause,
    Resume,
    End,
}

/// <summary>What a recorder's leg hands to its file.</summary>
/// <param name="Time">In the recording: pauses are left out. Of a <see cref="RecordedKind.Resume"/> the new zero on the room's clock.</param>
/// <param name="Frame">With one reference; null for a pause and its end.</param>
/// <param name="Size">Of the picture.</param>
internal readonly record struct RecordedItem(RecordedKind Kind, TimeSpan Time, PacketizedFrame? Frame, PictureSize Size);

/// <summary>
/// A recorder as the conference sees it: a hidden participant that takes everything on a perfect line. It keeps references to frames and hands
/// them to the file through a bounded queue; it never waits. Belongs to the conference's writer, but for <see cref="TryTake"/>.
/// </summary>
public sealed class RecorderLeg : IMediaLeg
{
    /// <summary>About twenty seconds of sound and pictures: so long may a disk stall.</summary>
    private const int MaxQueued = 1600;

    /// <summary>A file that is to seek well needs a keyframe now and then.</summary>
    private static readonly TimeSpan KeyframeInterval = TimeSpan.FromSeconds(10);

    private readonly RecordingFormat _format;
    private readonly Channel<RecordedItem> _queue;
    private MediaTime _origin; // the recording's time 0 on the room's clock, later by each pause
    private MediaTime? _pausedAt;
    private MediaTime _keyframeAt;
    private volatile bool _closed;

    /// <param name="now">The recording begins.</param>
    /// <param name="capacity">Frames that may wait for the file.</param>
    public RecorderLeg(RecordingFormat format, MediaTime now, int capacity = MaxQueued)
    {
        ArgumentNullException.ThrowIfNull(format);
        _format = format;
        _origin = now;
        _keyframeAt = now;
        Media = format.Media;
        _queue = Channel.CreateBounded<RecordedItem>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = false });
    }

    public LegMedia Media { get; private set; }

    public TimeSpan RoundTripTime => TimeSpan.Zero;

    /// <summary>Its place in the conference; set once it has joined.</summary>
    public Participant? Participant { get; set; }

    public bool IsPaused => _pausedAt is not null;

    /// <summary>Frames found no room, for the file did not take them in time. Read by any thread.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>The recording's time 0 before any pause.</summary>
    internal MediaTime Begin => _origin;

    /// <summary>How far the recording is.</summary>
    public TimeSpan PositionAt(MediaTime now) => (_pausedAt ?? now) - _origin;

    public void SendAudio(PacketizedFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Add(RecordedKind.Audio, frame, default);
    }

    public void SendVideo(PacketizedFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (frame.IsKeyframe)
        {
            _keyframeAt = frame.Time;
        }
        else if (frame.Time - _keyframeAt > KeyframeInterval && Participant is not null)
        {
            _keyframeAt = frame.Time;
            Mcu.Conference.Conference.OnKeyframeRequest(Participant);
        }

        var picture = Participant?.Picture;
        Add(RecordedKind.Video, frame, new PictureSize(picture?.Width ?? 0, picture?.Height ?? 0));
    }

    public void RequestKeyframe(TrackRole track) { }

    /// <summary>Nothing is taken any more; what is queued is still written.</summary>
    public void Close(string reason) => _closed = true;

    /// <summary>The recording ends here.</summary>
    public void End(MediaTime now)
    {
        Post(new RecordedItem(RecordedKind.End, PositionAt(now), null, default));
        _closed = true;
    }

    /// <summary>Takes nothing until it is resumed. The conference must then be told that the media changed.</summary>
    public void Pause(MediaTime now)
    {
        if (_pausedAt is null)
        {
            Post(new RecordedItem(RecordedKind.Pause, PositionAt(now), null, default));
            _pausedAt = now;
            Media = default;
        }
    }

    /// <summary>Goes on where it paused. The conference must then be told that the media changed.</summary>
    public void Resume(MediaTime now)
    {
        if (_pausedAt is { } pausedAt)
        {
            _origin += now - pausedAt;
            _pausedAt = null;
            Media = _format.Media;
            Post(new RecordedItem(RecordedKind.Resume, _origin - MediaTime.Zero, null, default));
        }
    }

    /// <summary>For the file: the next item, whose reference is now the caller's.</summary>
    internal bool TryTake(out RecordedItem item) => _queue.Reader.TryRead(out item);

    private void Add(RecordedKind kind, PacketizedFrame frame, PictureSize size)
    {
        var time = frame.Time - _origin;
        if (_pausedAt is not null || _closed)
        {
            return;
        }

        // A picture may have been composed a moment before the recording began.
        time = time < TimeSpan.Zero ? TimeSpan.Zero : time;
        Post(new RecordedItem(kind, time, frame.AddReference(), size));
    }

    private void Post(in RecordedItem item)
    {
        if (!_closed && !Overflowed && _queue.Writer.TryWrite(item))
        {
            return;
        }

        // One frame that is left out may be what all others need: the recording ends here.
        Overflowed |= !_closed;
        item.Frame?.Release();
    }
}
