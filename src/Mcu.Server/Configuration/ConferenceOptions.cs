using Mcu.Media.Codecs;
using Mcu.Server.Rooms;

namespace Mcu.Server.Configuration;

/// <summary>What a conference looks and sounds like unless its host says otherwise.</summary>
public sealed class ConferenceOptions
{
    /// <summary>Canvas width in pixels, even.</summary>
    public int Width { get; set; } = 1280;

    /// <summary>Canvas height in pixels, even.</summary>
    public int Height { get; set; } = 720;

    public int FramesPerSecond { get; set; } = 30;

    /// <summary>Video bits per second of a composite at the full canvas, in kbit/s.</summary>
    public int VideoKbps { get; set; } = 1500;

    /// <summary>Opus bits per second of a mix, in kbit/s.</summary>
    public int AudioKbps { get; set; } = 40;

    /// <summary>The room's first layout.</summary>
    public LayoutKind Layout { get; set; } = LayoutKind.Auto;

    /// <summary>Whether participants see themselves in the composite unless they choose otherwise.</summary>
    public bool SelfView { get; set; }

    /// <summary>Video codecs offered, the preferred one first.</summary>
    public IReadOnlyList<VideoCodec> VideoCodecs { get; set; } = [VideoCodec.Vp8, VideoCodec.H264, VideoCodec.Vp9];

    /// <summary>Audio codecs offered, the preferred one first.</summary>
    public IReadOnlyList<AudioCodec> AudioCodecs { get; set; } = [AudioCodec.Opus, AudioCodec.G722, AudioCodec.Pcmu, AudioCodec.Pcma];

    /// <summary>How many voices are decoded and mixed at once.</summary>
    public int Speakers { get; set; } = 8;

    /// <summary>The last step of what video gives up under load, 1 to 8.</summary>
    public int MaxReduction { get; set; } = 8;

    /// <summary>PNG or JPEG file shown in the corner of the canvas; null: none.</summary>
    public string? Logo { get; set; }

    /// <summary>PNG or JPEG file behind the tiles, or a colour as #rrggbb.</summary>
    public string Background { get; set; } = "#15181d";
}
