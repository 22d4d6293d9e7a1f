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
    public const string Allowed = "format mp4 with codec h264 (the default) or none (sound alone); sound is Opus";

    /// <summary>Media type of the file.</summary>
    public string MediaType => Video is null ? "audio/mp4" : "video/mp4";

    /// <summary>What the recorder takes of a conference.</summary>
    public LegMedia Media => new(AudioCodec.Opus, Video, SendsAudio: false, SendsCamera: false, SendsScreen: false);

    /// <summary>Chooses a format by its names; null: the default. On failure the error says what is allowed.</summary>
    public static bool TryCreate(string? container, string? codec, out RecordingFormat format, out string? error)
    {
        format = new RecordingFormat("mp4", VideoCodec.H264);
        error = null;
        if (container is not (null or "mp4"))
        {
            error = $"There is no recording format '{container}'; allowed: {Allowed}.";
        }
        else if (codec is not (null or "h264" or "none"))
        {
            error = $"mp4 cannot hold the codec '{codec}'; allowed: {Allowed}.";
        }
        else if (codec == "none")
        {
            format = format with { Video = null };
        }

        return error is null;
    }

    internal IMuxer CreateMuxer() => new FragmentedMp4(Video is not null);
}
