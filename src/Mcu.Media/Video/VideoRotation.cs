namespace Mcu.Media.Video;

/// <summary>Clockwise rotation that the viewer must apply to see the picture upright (3GPP TS 26.114, coordination of video orientation).</summary>
public enum VideoRotation
{
    None = 0,
    Clockwise90 = 90,
    Clockwise180 = 180,
    Clockwise270 = 270,
}
