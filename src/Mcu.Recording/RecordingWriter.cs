using Mcu.Media;
using Mcu.Recording.Containers;

namespace Mcu.Recording;

/// <summary>
/// Brings a recorder's frames into a file, one call of <see cref="Step"/> after the other on the file's thread: whole fragments of at most half
/// a second, on the disk within a second.
/// </summary>
/// <param name="file">At its beginning; seekable.</param>
/// <param name="sync">Makes all that was written last through a power cut.</param>
/// <param name="now">The room's clock.</param>
internal sealed class RecordingWriter(RecorderLeg leg, RecordingStream stream, Stream file, Action sync, Func<MediaTime> now)
{
    private static readonly TimeSpan FragmentTime = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(1);

    /// <summary>A view makes its first keyframe at once; without one there is nothing to record.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private readonly ByteWriter _output = new();
    private MediaTime _origin = leg.Begin;
    private TimeSpan? _frozenAt; // while it pauses, or at its end
    private TimeSpan _cutAt;
    private MediaTime _syncedAt = leg.Begin;
    private bool _isDirty;

    /// <summary>Of sound and pictures in the file.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>Bytes of whole fragments.</summary>
    public long WholeBytes { get; private set; }

    /// <summary>It has been told to end.</summary>
    public bool HasEnded { get; private set; }

    private TimeSpan Position => _frozenAt ?? now() - _origin;

    /// <summary>Takes what is there, and writes what is due.</summary>
    /// <exception cref="IOException">The file does not take it.</exception>
    /// <exception cref="RecordingException">It did not take it in time, or there is nothing to begin with.</exception>
    public void Step()
    {
        var position = Position; // before what is queued: a frame behind it may still be under way
        while (!HasEnded && leg.TryTake(out var item))
        {
            Take(item);
        }

        if (leg.Overflowed)
        {
            throw new RecordingException("The disk took nothing for too long.");
        }

        position = HasEnded ? _frozenAt!.Value : position;
        if (position - _cutAt >= FragmentTime && !HasEnded)
        {
            Cut(position);
        }

        if (_isDirty && now() - _syncedAt >= SyncInterval)
        {
            sync();
            _isDirty = false;
            _syncedAt = now();
        }
    }

    /// <summary>Writes what is left, the index and the length.</summary>
    /// <exception cref="IOException">The file does not take it.</exception>
    public void Finish()
    {
        var end = Position;
        var patches = stream.Finish(end, _output);
        WriteOut(end);
        foreach (var patch in patches)
        {
            file.Position = patch.Offset;
            file.Write(patch.Bytes.Span);
        }

        sync();
    }

    /// <summary>Leaves out what is only in part in the file.</summary>
    public void CutToWhole()
    {
        if (file.Length > WholeBytes)
        {
            file.SetLength(WholeBytes);
        }
    }

    /// <summary>Gives back the frames that nobody writes any more.</summary>
    public void Discard()
    {
        while (leg.TryTake(out var item))
        {
            item.Frame?.Release();
        }
    }

    private void Take(in RecordedItem item)
    {
        switch (item.Kind)
        {
            case RecordedKind.Audio:
                stream.AddAudio(item.Frame!, item.Time);
                break;
            case RecordedKind.Video:
                stream.AddVideo(item.Frame!, item.Time, item.Size);
                break;
            case RecordedKind.Resume:
                _origin = MediaTime.Zero + item.Time;
                _frozenAt = null;
                break;
            default:
                _frozenAt = item.Time;
                HasEnded = item.Kind == RecordedKind.End;
                break;
        }

        item.Frame?.Release();
    }

    private void Cut(TimeSpan position)
    {
        if (stream.Cut(position, _output))
        {
            _cutAt = position;
            WriteOut(position - RecordingStream.MergeWindow);
        }
        else if (position > MaxWait)
        {
            throw new RecordingException("No picture came to begin the file with.");
        }
    }

    private void WriteOut(TimeSpan until)
    {
        file.Write(_output.Written);
        WholeBytes += _output.Length;
        _isDirty |= _output.Length > 0;
        Duration = _output.Length > 0 ? until : Duration;
        _output.Clear();
    }
}
