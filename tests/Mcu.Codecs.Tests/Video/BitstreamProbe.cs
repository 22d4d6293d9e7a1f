using Mcu.Media.Codecs;

namespace Mcu.Codecs.Tests.Video;

/// <summary>Reads just enough of a bitstream to check an encoder's word.</summary>
internal static class BitstreamProbe
{
    public static bool IsKeyframe(VideoCodec codec, ReadOnlySpan<byte> frame) =>
        codec switch
        {
            // RFC 6386 section 9.1: the lowest bit is 0 for a key frame.
            VideoCodec.Vp8 => (frame[0] & 1) == 0,
            // VP9 section 6.2: marker (2), profile (2), show_existing_frame (1), frame_type (1): 0 for a key frame.
            VideoCodec.Vp9 => (frame[0] & 0x0C) == 0,
            _ => NalTypes(frame).Contains(5),
        };

    public static List<int> NalTypes(ReadOnlySpan<byte> accessUnit)
    {
        var types = new List<int>();
        for (var i = 0; i + 3 < accessUnit.Length; i++)
        {
            if (accessUnit[i] == 0 && accessUnit[i + 1] == 0 && accessUnit[i + 2] == 1)
            {
                types.Add(accessUnit[i + 3] & 0x1F);
            }
        }

        return types;
    }
}
