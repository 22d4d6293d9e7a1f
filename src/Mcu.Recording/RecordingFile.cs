using System.Threading.Channels;
using Mcu.Media;

namespace Mcu.Recording;

/// <summary>
/// One recording at work: a thread that writes what its leg takes into a folder of its own. Whatever the disk does, the conference goes on:
/// then the recording ends, with what is whole in its file. Thread-safe.
/// </summary>
public sealed class RecordingFile
{
    private const int MaxTimeline = 1024;

    private readonly RecordingFolder _folder;
    private readonly RecordingFormat _format;
    private readonly Func<MediaTime> _now;
    private readonly TimeProvider _time;
    private readonly Action _rest;
    private readonly Action<Exception, string> _report;
    private readonly Channel<TimelineEntry> _timeline = Channel.CreateBounded<TimelineEntry>(MaxTimeline);
    private readonly TaskCompletionSource<RecordingInfo> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RecordingInfo _info;
    private string _reason = "stopped";

    private RecordingFile(
        RecordingFolder folder,
        RecordingInfo info,
        RecordingFormat format,
        RecorderLeg leg,
        Func<MediaTime> now,
        TimeProvider time,
        Action rest,
        Action<Exception, string> report
    )
    {
        (_folder, _info, _format, Leg) = (folder, info, format, leg);
        (_now, _time, _rest, _report) = (now, time, rest, report);
    }

    /// <summary>Takes media of the conference. Belongs to the conference's writer.</summary>
    public RecorderLeg Leg { get; }

    public RecordingInfo Info => Volatile.Read(ref _info);

    /// <summary>Completes when the file is closed; never faults.</summary>
    public Task<RecordingInfo> Completion => _completion.Task;

    /// <summary>Begins to write.</summary>
    /// <param name="folder">Where; made for this recording.</param>
    /// <param name="now">The room's clock.</param>
    /// <param name="rest">Waits about 100 ms: from one step of the file's thread to the next.</param>
    /// <param name="report">Told of trouble with the disk, on the file's thread.</param>
    public static RecordingFile Start(
        RecordingFolder folder,
        RecordingInfo info,
        RecordingFormat format,
        RecorderLeg leg,
        Func<MediaTime> now,
        TimeProvider time,
        Action rest,
        Action<Exception, string> report
    )
    {
        var recording = new RecordingFile(folder, info, format, leg, now, time, rest, report);
        new Thread(recording.Run) { IsBackground = true, Name = $"recording {info.Id}" }.Start();
        return recording;
    }

    /// <summary>Notes what happened in the room; beyond what the disk takes it is left out.</summary>
    public void Note(TimelineEntry entry) => _timeline.Writer.TryWrite(entry);

    /// <summary>On the conference's writer: pauses or goes on.</summary>
    public void SetPaused(bool paused, MediaTime now)
    {
        if (paused)
        {
            Leg.Pause(now);
        }
        else
        {
            Leg.Resume(now);
        }

        Update(info => info.EndedAt is null ? info with { State = paused ? RecordingState.Paused : RecordingState.Recording } : info);
    }

    /// <summary>On the conference's writer: ends the recording; <see cref="Completion"/> says when its file is closed.</summary>
    public void End(string reason, MediaTime now)
    {
        Volatile.Write(ref _reason, reason);
        Leg.End(now);
    }

    private void Run()
    {
        FileStream? file = null;
        RecordingWriter? writer = null;
        string? trouble = null;
        try
        {
            _folder.Save(Info);
            file = new FileStream(
                _folder.MediaPath(_format.Container),
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.Read,
                bufferSize: 0
            );
            var stream = file;
            writer = new RecordingWriter(
                Leg,
                new RecordingStream(_format.CreateMuxer(), _format.Video),
                file,
                () => stream.Flush(flushToDisk: true),
                _now
            );
            Write(writer);
        }
#pragma warning disable CA1031 // Whatever it is, it may cost this recording and nothing else.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            trouble = exception switch
            {
                RecordingException => exception.Message,
                IOException or UnauthorizedAccessException =>
                    "The disk does not take the file: it is full, read-only or fails. The server's log says more.",
                _ => "An error in the server; see its log.",
            };
            _report(exception, $"Recording {Info.Id} ends early");
        }

        Leg.Close("ended");
        Close(file, writer, trouble);
    }

    private void Write(RecordingWriter writer)
    {
        while (!writer.HasEnded)
        {
            _rest();
            writer.Step();
            WriteTimeline();
            Update(info => info with { DurationMs = (long)writer.Duration.TotalMilliseconds, Bytes = writer.WholeBytes });
        }

        writer.Finish();
    }

    private void Close(FileStream? file, RecordingWriter? writer, string? trouble)
    {
        try
        {
            if (trouble is not null)
            {
                writer?.CutToWhole();
            }

            file?.Dispose();
            WriteTimeline();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _report(exception, $"The end of recording {Info.Id} could not be written");
        }

        writer?.Discard();
        Update(info =>
            info with
            {
                State = trouble is null ? RecordingState.Ended : RecordingState.Failed,
                EndedAt = _time.GetUtcNow(),
                Reason = trouble ?? Volatile.Read(ref _reason),
                DurationMs = (long)(writer?.Duration ?? TimeSpan.Zero).TotalMilliseconds,
                Bytes = writer?.WholeBytes ?? 0,
            }
        );
        try
        {
            _folder.Save(Info);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _report(exception, $"The description of recording {Info.Id} could not be written");
        }

        _completion.SetResult(Info);
    }

    private void WriteTimeline()
    {
        if (_timeline.Reader.TryPeek(out _))
        {
            List<TimelineEntry> entries = [];
            while (_timeline.Reader.TryRead(out var entry))
            {
                entries.Add(entry);
            }

            _folder.Append(entries);
        }
    }

    private void Update(Func<RecordingInfo, RecordingInfo> change)
    {
        RecordingInfo before;
        do
        {
            before = Info;
        } while (Interlocked.CompareExchange(ref _info, change(before), before) != before);
    }
}
