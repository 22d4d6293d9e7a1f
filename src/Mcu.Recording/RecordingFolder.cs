using System.Text.Json;
using System.Text.Json.Serialization;
using Mcu.Recording.Containers;

namespace Mcu.Recording;

/// <summary>Something that happened in the room while it was recorded.</summary>
/// <param name="AtMs">Milliseconds of the recording, pauses left out.</param>
/// <param name="What">joined, left, speaks, shares, unshares.</param>
/// <param name="Participant">Its id; null when nobody speaks any more.</param>
/// <param name="Name">Its display name, where it joined.</param>
public sealed record TimelineEntry(long AtMs, string What, string? Participant, string? Name = null);

/// <summary>
/// The folder of one recording: its file, <c>recording.json</c>, which is replaced as a whole, and <c>timeline.jsonl</c>, which only grows.
/// All methods throw <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where the disk does.
/// </summary>
public sealed class RecordingFolder(string path)
{
    private const string Description = "recording.json";
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>The recording itself.</summary>
    public string MediaPath(string extension) => Path.Combine(path, $"recording.{extension}");

    public void Create() => Directory.CreateDirectory(path);

    public void Delete() => Directory.Delete(path, recursive: true);

    public void Save(RecordingInfo info)
    {
        var temporary = Path.Combine(path, Description + ".new");
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, info, s_json);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Combine(path, Description), overwrite: true);
    }

    public void Append(IEnumerable<TimelineEntry> entries) =>
        File.AppendAllLines(Path.Combine(path, "timeline.jsonl"), entries.Select(entry => JsonSerializer.Serialize(entry, s_json)));

    /// <summary>What is known of the recording; null where there is no description that can be read.</summary>
    public RecordingInfo? Load()
    {
        try
        {
            return JsonSerializer.Deserialize<RecordingInfo>(File.ReadAllText(Path.Combine(path, Description)), s_json);
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>After a crash: leaves in the file what is whole, and says so in the description.</summary>
    public RecordingInfo Recover(RecordingInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        var whole = default(WholePart);
        var media = MediaPath(info.Format);
        var ended = info.StartedAt;
        if (File.Exists(media))
        {
            ended = new DateTimeOffset(File.GetLastWriteTimeUtc(media), TimeSpan.Zero);
            using var file = new FileStream(media, FileMode.Open, FileAccess.ReadWrite);
            whole = info.Format == "webm" ? WebMClusters.Whole(file) : Mp4Fragments.Whole(file);
            file.SetLength(whole.Bytes);
            file.Flush(flushToDisk: true);
        }

        var recovered = info with
        {
            State = RecordingState.EndedByCrash,
            EndedAt = ended,
            Reason = "ended by crash",
            DurationMs = (long)whole.Duration.TotalMilliseconds,
            Bytes = whole.Bytes,
        };
        Save(recovered);
        return recovered;
    }
}
