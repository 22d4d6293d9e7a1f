using Mcu.Media.Video;
using Mcu.Mixing.Video;

namespace Mcu.Mixing.Tests.Video;

/// <summary>Frames to compose, and questions to ask of a canvas.</summary>
internal static class Pictures
{
    /// <summary>Reads the fonts once for all tests.</summary>
    public static OverlayRenderer Overlays { get; } = new();

    public static VideoFrame Plain(VideoFramePool pool, int width, int height, byte luma)
    {
        var frame = pool.Rent(width, height);
        frame.Fill(luma, 128, 128);
        return frame;
    }

    /// <summary>Left half dark, right half bright; top quarter in another colour.</summary>
    public static VideoFrame Quarters(
        VideoFramePool pool,
        int width,
        int height,
        byte topLeft,
        byte topRight,
        byte bottomLeft,
        byte bottomRight
    )
    {
        var frame = Plain(pool, width, height, 0);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var top = y < height / 2;
                var left = x < width / 2;
                frame.Y[(y * frame.StrideY) + x] = top
                    ? left
                        ? topLeft
                        : topRight
                    : left
                        ? bottomLeft
                        : bottomRight;
            }
        }

        return frame;
    }

    public static byte LumaAt(this VideoFrame frame, int x, int y) => frame.Y[(y * frame.StrideY) + x];

    /// <summary>The visible pixels of all planes, without padding.</summary>
    public static byte[] Visible(this VideoFrame frame)
    {
        var pixels = new List<byte>(frame.Width * frame.Height * 3 / 2);
        for (var y = 0; y < frame.Height; y++)
        {
            pixels.AddRange(frame.Y.Slice(y * frame.StrideY, frame.Width));
        }

        for (var y = 0; y < frame.ChromaHeight; y++)
        {
            pixels.AddRange(frame.U.Slice(y * frame.StrideUV, frame.ChromaWidth));
            pixels.AddRange(frame.V.Slice(y * frame.StrideUV, frame.ChromaWidth));
        }

        return [.. pixels];
    }

    /// <summary>The macroblocks in which two frames of one size differ.</summary>
    public static MacroblockMap Difference(VideoFrame frame, byte[] before)
    {
        var map = new MacroblockMap(frame.Width, frame.Height);
        var now = frame.Visible();
        var luma = frame.Width * frame.Height;
        for (var i = 0; i < now.Length; i++)
        {
            if (now[i] != before[i])
            {
                var chroma = i - luma;
                var (x, y) =
                    i < luma ? (i % frame.Width, i / frame.Width) : (chroma % frame.ChromaWidth * 2, chroma / (2 * frame.ChromaWidth) * 2);
                map.Mark(new PixelRect(x, y, 1, 1));
            }
        }

        return map;
    }
}
