using Mcu.Conference.Legs;
using Mcu.Media.Codecs;
using Mcu.Recording.Containers;

namespace Mcu.Recording;

/// <summary>What is recorded: a container, and the codec of the pictures in it. Sound is Opus.</summary>
/// <param name="Container">Its name in the API, which is also the file's extension.</param>
/// <param name="Video">Null for sound alone.</param>
public sealed record RecordingFormat(string Container, VideoCodec? Video)
{
    /// <summary>The formats there are, in words.</summary>
    public const string Allowed =
        "format mp4 with codec h264 (the default) or none (sound alone), format webm with codec vp8 (the default) or vp9; sound is Opus";

    /// <summary>Media type of the file.</summary>
    public string MediaType => $"{(Video is null ? "audio" : "video")}/{Container}";

    /// <summary>The codec's name in the API.</summary>
    public string Codec =>
        Video switch
        {
            VideoCodec.H264 => "h264",
            VideoCodec.Vp8 => "vp8",
            VideoCodec.Vp9 => "vp9",
            _ => "none",
        };

    /// <summary>What the recorder takes of a conference.</summary>
    public LegMedia Media => new(AudioCodec.Opus, Video, SendsAudio: false, SendsCamera: false, SendsScreen: false);

    /// <summary>Chooses a format by its names; null: the default. On failure the error says what is allowed.</summary>
    public static bool TryCreate(string? container, string? codec, out RecordingFormat format, out string? error)
    {
        (VideoCodec? Video, bool IsThere) chosen = (container ?? "mp4", codec) switch
        {
            ("mp4", null or "h264") => (VideoCodec.H264, true),
            ("mp4", "none") => (null, true),
            ("webm", null or "vp8") => (VideoCodec.Vp8, true),
            ("webm", "vp9") => (VideoCodec.Vp9, true),
            _ => (null, false),
        };
        format = new RecordingFormat(container ?? "mp4", chosen.Video);
        error =
            chosen.IsThere ? null
            : container is null or "mp4" or "webm" ? $"{format.Container} cannot hold the codec '{codec}'; allowed: {Allowed}."
            : $"There is no recording format '{container}'; allowed: {Allowed}.";
        return chosen.IsThere;
    }

    internal IMuxer CreateMuxer() => Container == "webm" ? new WebM(Video!.Value) : new FragmentedMp4(Video is not null);
}
