using Mcu.Media.Video;

namespace Mcu.Mixing.Tests.Video;

/// <summary>The simplest scaler there is: nearest neighbour, plane by plane. Counts its calls.</summary>
internal sealed class NearestScaler : IVideoScaler
{
    public int Calls { get; private set; }

    public bool Fails { get; set; }

    public void Scale(VideoFrame source, PixelRect sourceArea, VideoRotation rotation, VideoFrame target, PixelRect targetArea)
    {
        Calls++;
        if (Fails)
        {
            throw new InvalidOperationException("The scaler failed, as the test wanted.");
        }

        Require(source, sourceArea);
        Require(target, targetArea);
        var (from, to) = (Half(sourceArea), Half(targetArea));
        Plane(source.Y, source.StrideY, sourceArea, rotation, target.Y, target.StrideY, targetArea);
        Plane(source.U, source.StrideUV, from, rotation, target.U, target.StrideUV, to);
        Plane(source.V, source.StrideUV, from, rotation, target.V, target.StrideUV, to);
    }

    private static PixelRect Half(PixelRect area) => new(area.X / 2, area.Y / 2, area.Width / 2, area.Height / 2);

    private static void Require(VideoFrame frame, PixelRect area)
    {
        var odd = ((area.X | area.Y | area.Width | area.Height) & 1) != 0;
        if (area.IsEmpty || odd || !new PixelRect(0, 0, frame.Width, frame.Height).Contains(area))
        {
            throw new ArgumentException($"{area} in {frame.Width}x{frame.Height}", nameof(area));
        }
    }

    private static void Plane(
        ReadOnlySpan<byte> source,
        int sourceStride,
        PixelRect from,
        VideoRotation rotation,
        Span<byte> target,
        int targetStride,
        PixelRect to
    )
    {
        for (var y = 0; y < to.Height; y++)
        {
            for (var x = 0; x < to.Width; x++)
            {
                // Where the upright picture's point lies in the stored one, in shares of its sides.
                var (u, v) = ((x + 0.5) / to.Width, (y + 0.5) / to.Height);
                var (sx, sy) = rotation switch
                {
                    VideoRotation.Clockwise90 => (v, 1 - u),
                    VideoRotation.Clockwise180 => (1 - u, 1 - v),
                    VideoRotation.Clockwise270 => (1 - v, u),
                    _ => (u, v),
                };
                var at = ((from.Y + (int)(sy * from.Height)) * sourceStride) + from.X + (int)(sx * from.Width);
                target[((to.Y + y) * targetStride) + to.X + x] = source[at];
            }
        }
    }
}
