using Mcu.Media.Codecs;

namespace Mcu.Conference;

/// <summary>How a participant's sound arrives; counts only grow while its microphone keeps its codec.</summary>
/// <param name="Delay">From arrival to the mix.</param>
/// <param name="Played">Samples at 48 kHz that were mixed, concealment included.</param>
/// <param name="Concealed">Samples of these that were made up because packets were lost or late.</param>
public readonly record struct SoundReception(TimeSpan Delay, long Played, long Concealed);

/// <summary>What a participant gets to see: its rung of the ladder.</summary>
/// <param name="Rung">Its name, such as "720p30", "180p7.5 90k" or "still".</param>
/// <param name="Codec">Its codec.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FramesPerSecond">At most; a picture that does not change is not sent.</param>
/// <param name="BitrateBps">At most.</param>
public readonly record struct PictureReception(
    string Rung,
    VideoCodec Codec,
    int Width,
    int Height,
    double FramesPerSecond,
    int BitrateBps
);
