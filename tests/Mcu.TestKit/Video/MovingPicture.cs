using Mcu.Media.Video;

namespace Mcu.TestKit.Video;

/// <summary>
/// A synthetic camera: a soft gradient, a fine texture that holds still, and discs that wander over it. The same seed gives the
/// same film; the chroma of the background is the seed's own, so that a tile can be told from another by its colour.
/// </summary>
public sealed class MovingPicture
{
    private const int DiscCount = 4;
    private readonly Disc[] _discs;
    private readonly int _seed;

    public MovingPicture(int seed)
    {
        _seed = seed;
        var random = new Random(seed);
        _discs = new Disc[DiscCount];
        for (var i = 0; i < DiscCount; i++)
        {
            _discs[i] = new Disc(
                random.NextDouble(),
                random.NextDouble(),
                (random.NextDouble() - 0.5) * 0.02,
                (random.NextDouble() - 0.5) * 0.02,
                0.06 + (random.NextDouble() * 0.08),
                (byte)random.Next(40, 220)
            );
        }

        // Hues spread by the golden angle: neighbouring seeds look unlike each other.
        var angle = seed * 2.399963;
        U = (byte)(128 + (50 * Math.Cos(angle)));
        V = (byte)(128 + (50 * Math.Sin(angle)));
    }

    /// <summary>Chroma of the background: this film's identity.</summary>
    public byte U { get; }

    /// <inheritdoc cref="U"/>
    public byte V { get; }

    /// <summary>Draws picture <paramref name="index"/> of the film in the frame's own size.</summary>
    public void Draw(VideoFrame frame, int index)
    {
        DrawBackground(frame);
        frame.U.Fill(U);
        frame.V.Fill(V);
        foreach (var disc in _discs)
        {
            DrawDisc(frame, disc, index);
        }
    }

    /// <summary>Rents a frame and draws picture <paramref name="index"/> into it.</summary>
    public VideoFrame Take(VideoFramePool pool, int width, int height, int index)
    {
        var frame = pool.Rent(width, height);
        Draw(frame, index);
        return frame;
    }

    private void DrawBackground(VideoFrame frame)
    {
        for (var y = 0; y < frame.Height; y++)
        {
            var row = frame.Y.Slice(y * frame.StrideY, frame.Width);
            for (var x = 0; x < row.Length; x++)
            {
                var gradient = 50 + (100 * x / frame.Width) + (50 * y / frame.Height);
                // A cheap hash of the position in 4x4 blocks: texture that a codec has to keep.
                var texture = ((((x >> 2) * 73) ^ ((y >> 2) * 151) ^ (_seed * 31)) & 15) - 8;
                row[x] = (byte)(gradient + texture);
            }
        }
    }

    private static void DrawDisc(VideoFrame frame, Disc disc, int index)
    {
        var centreX = Bounce(disc.X + (disc.SpeedX * index)) * frame.Width;
        var centreY = Bounce(disc.Y + (disc.SpeedY * index)) * frame.Height;
        var radius = disc.Radius * Math.Min(frame.Width, frame.Height) * 1.5;
        var top = Math.Max((int)(centreY - radius), 0);
        var bottom = Math.Min((int)(centreY + radius) + 1, frame.Height);
        for (var y = top; y < bottom; y++)
        {
            var half = Math.Sqrt(Math.Max((radius * radius) - ((y - centreY) * (y - centreY)), 0));
            var left = Math.Clamp((int)(centreX - half), 0, frame.Width);
            var right = Math.Clamp((int)(centreX + half), left, frame.Width);
            frame.Y.Slice((y * frame.StrideY) + left, right - left).Fill(disc.Luma);
        }
    }

    /// <summary>Folds a straight path into 0 to 1, as a ball between two walls.</summary>
    private static double Bounce(double position)
    {
        var folded = Math.Abs(position) % 2;
        return folded > 1 ? 2 - folded : folded;
    }

    private readonly record struct Disc(double X, double Y, double SpeedX, double SpeedY, double Radius, byte Luma);
}
