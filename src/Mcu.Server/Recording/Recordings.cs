using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mcu.Recording;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;

namespace Mcu.Server.Recording;

/// <summary>
/// All recordings of this server: those that run, and those in the data folder. At the start those that a crash ended are cut to what is whole.
/// Thread-safe.
/// </summary>
internal sealed class Recordings(RoomDirectory rooms, MediaHost media, McuOptions options, ILogger<Recordings> logger) : IHostedService
{
    /// <summary>Recordings of one room at once.</summary>
    public const int MaxPerRoom = 4;

    /// <summary>A disk that takes longer leaves a file as after a crash.</summary>
    private static readonly TimeSpan MaxClosing = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan StepTime = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, RecordingInfo> _ended = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RecordingFile> _running = new(StringComparer.Ordinal);
    private readonly string _folder = Path.Combine(options.Data, "recordings");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_folder))
        {
            return Task.CompletedTask;
        }

        foreach (var path in Directory.EnumerateDirectories(_folder))
        {
            try
            {
                Load(new RecordingFolder(path), Path.GetFileName(path));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                logger.LogWarning(exception, "Recording {Id} cannot be read", Path.GetFileName(path));
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Files that end with the server's rooms are closed before the process goes.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAny(Task.WhenAll(_running.Values.Select(file => file.Completion)), Task.Delay(MaxClosing, media.Time, cancellationToken));

    /// <summary>Starts to record a room.</summary>
    /// <exception cref="RoomException">There is no such room, or it is recorded often enough already.</exception>
    /// <exception cref="IOException">The data folder cannot be written to.</exception>
    public async Task<RecordingInfo> StartAsync(string room, RecordingFormat format)
    {
        room = room.ToLowerInvariant(); // the name's form was checked (Names)
        var id = "r_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var folder = FolderOf(id);
        var info = new RecordingInfo(
            id,
            room,
            format.Container,
            format.Codec,
            RecordingState.Recording,
            media.Time.GetUtcNow(),
            EndedAt: null,
            Reason: null,
            DurationMs: 0,
            Bytes: 0
        );
        await rooms.InRoomAsync(room, (_, _) => true);
        folder.Create();
        RecordingFile file;
        try
        {
            file = await rooms.InRoomAsync(room, (place, now) => Begin(place, folder, info, format, now));
        }
        catch
        {
            folder.Delete();
            throw;
        }

        _ = file.Completion.ContinueWith(
            ended => OnEnded(ended.Result),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default
        );
        logger.LogInformation("Recording {Id} began", id);
        return file.Info;
    }

    public IReadOnlyList<RecordingInfo> List(string room) =>
        [
            .. _running
                .Values.Select(file => file.Info)
                .Concat(_ended.Values)
                .Where(info => IsOf(info, room))
                .DistinctBy(info => info.Id, StringComparer.Ordinal)
                .OrderBy(info => info.StartedAt),
        ];

    /// <summary>One recording of a room; null where it has none of that id.</summary>
    public RecordingInfo? Find(string room, string id)
    {
        var info = _running.TryGetValue(id, out var file) ? file.Info : _ended.GetValueOrDefault(id);
        return info is not null && IsOf(info, room) ? info : null;
    }

    /// <exception cref="RoomException">It has ended.</exception>
    public Task SetPausedAsync(RecordingInfo recording, bool paused) =>
        rooms.InRoomAsync(
            recording.Room,
            (place, now) =>
            {
                place.Recorders.SetPaused(recording.Id, paused, now);
                return true;
            }
        );

    /// <summary>Ends one, and waits until its file is closed. Does nothing where it has ended.</summary>
    public async Task<RecordingInfo> StopAsync(RecordingInfo recording, CancellationToken cancellationToken)
    {
        if (!_running.TryGetValue(recording.Id, out var file))
        {
            return recording;
        }

        try
        {
            await rooms.InRoomAsync(
                recording.Room,
                (place, now) =>
                {
                    place.Recorders.End(recording.Id, "stopped", now);
                    return true;
                }
            );
        }
        catch (RoomException exception) when (exception.Error == RoomError.NotFound)
        {
            // The room went first, and the recording with it.
        }

        return await file.Completion.WaitAsync(cancellationToken);
    }

    /// <summary>Deletes one that has ended, its timeline included.</summary>
    /// <exception cref="IOException">The data folder cannot be written to.</exception>
    public void Delete(RecordingInfo recording)
    {
        FolderOf(recording.Id).Delete();
        _ended.TryRemove(recording.Id, out _);
        logger.LogInformation("Recording {Id} was deleted", recording.Id);
    }

    public string MediaPath(RecordingInfo recording) => Path.GetFullPath(FolderOf(recording.Id).MediaPath(recording.Format));

    private static bool IsOf(RecordingInfo info, string room) => info.Room.Equals(room, StringComparison.OrdinalIgnoreCase);

    private RecordingFolder FolderOf(string id) => new(Path.Combine(_folder, id));

    private RecordingFile Begin(Room place, RecordingFolder folder, RecordingInfo info, RecordingFormat format, Mcu.Media.MediaTime now)
    {
        if (place.Recorders.Count >= MaxPerRoom)
        {
            throw new RoomException(
                RoomError.Busy,
                $"A room is recorded {MaxPerRoom} times at once at most: stop one of its recordings first."
            );
        }

        var leg = new RecorderLeg(format, now);
        var file = RecordingFile.Start(
            folder,
            info,
            format,
            leg,
            () => media.Scheduler.Now,
            media.Time,
            static () => Thread.Sleep(StepTime),
            Report
        );
        _running[info.Id] = file;
        place.Recorders.Add(file, now);
        return file;
    }

    private void OnEnded(RecordingInfo info)
    {
        _ended[info.Id] = info;
        _running.TryRemove(info.Id, out _);
        logger.LogInformation("Recording {Id} ended: {State}, {Bytes} bytes", info.Id, info.State, info.Bytes);
        if (info.State == RecordingState.Failed)
        {
            _ = LeaveRoomAsync(info);
        }
    }

    /// <summary>A file that failed leaves its recorder behind.</summary>
    private async Task LeaveRoomAsync(RecordingInfo info)
    {
        try
        {
            await rooms.InRoomAsync(
                info.Room,
                (place, now) =>
                {
                    place.Recorders.End(info.Id, "failed", now);
                    return true;
                }
            );
        }
        catch (RoomException exception)
        {
            logger.LogDebug(exception, "The room of recording {Id} had ended", info.Id);
        }
    }

    private void Load(RecordingFolder folder, string id)
    {
        if (folder.Load() is not { } info || !string.Equals(info.Id, id, StringComparison.Ordinal))
        {
            logger.LogWarning("The folder {Id} in the recordings is not a recording", id);
            return;
        }

        if (info.EndedAt is null)
        {
            info = folder.Recover(info);
            logger.LogWarning("Recording {Id} was ended by a crash; {Bytes} bytes are whole", id, info.Bytes);
        }

        _ended[id] = info;
    }

    private void Report(Exception exception, string what) => logger.LogError(exception, "{What}", what);
}
