using Mcu.Media.Codecs;
using Mcu.Mixing.Video;

namespace Mcu.Conference.Video;

/// <summary>
/// The rungs of every view, best first: from the canvas as asked for down to a still picture of who speaks. The load of the machine
/// (<see cref="VideoEffort"/>) decides about the uppermost; those below are what is left of a fixed table. docs/decisions/0011-ladder.md
/// </summary>
internal sealed class Ladder
{
    /// <summary>Of one still picture.</summary>
    public const int StillBytes = 5_000;

    /// <summary>From one still picture to the next.</summary>
    private const int StillSeconds = 5;

    /// <summary>Pixels: the least that a canvas has.</summary>
    private const int MinSide = 64;

    /// <summary>What every encoder takes.</summary>
    private const int MinBitrateBps = 20_000;

    /// <summary>A rung that takes more than this share of the one above is not worth the change.</summary>
    private const double MinStep = 0.75;

    /// <summary>From so many bit/s down VP9 shows more than VP8.</summary>
    private const int ThriftyBps = 150_000;

    /// <summary>Half the frames are a rung of their own where that many are left.</summary>
    private const double MinHalfRate = 10;

    private const int SmallTiles = Layout.FewTiles;

    private static readonly Step[] Steps =
    [
        new(1280, 30, 1_500_000, GridShape.MaxTiles),
        new(640, 30, 500_000, GridShape.MaxTiles),
        new(320, 15, 150_000, SmallTiles),
        new(320, 10, 70_000, SmallTiles),
        new(320, 10, 35_000, SmallTiles),
        new(160, 10, 25_000, 1),
        new(160, 5, 16_000, 1),
    ];

    private readonly List<Rung> _rungs;
    private readonly List<Rung> _whole;

    public Ladder(in VideoEffort effort)
    {
        var top = new RungEncoding(
            0,
            new CanvasShape(effort.Width, effort.Height, GridShape.MaxTiles),
            1,
            effort.FramesPerSecond,
            Math.Max(effort.BitrateBps, MinBitrateBps),
            effort.Speed
        );
        top = top with { IsThrifty = top.BitrateBps <= ThriftyBps };
        _rungs = Build(top, withHalves: true);
        _whole = Build(top, withHalves: false);
        SaveData = _rungs.Find(rung => rung.Encoding.IsThrifty)!.Id;
    }

    /// <summary>The canvas of the uppermost rung, which is what layouts are told by.</summary>
    public CanvasShape Top => _rungs[0].Encoding.Shape;

    /// <summary>Id of the best rung for who wants to save data.</summary>
    public int SaveData { get; }

    /// <summary>Those for a receiver of this codec. H.264 has no frames that could be left out.</summary>
    public IReadOnlyList<Rung> For(VideoCodec codec) => codec == VideoCodec.H264 ? _whole : _rungs;

    private static List<Rung> Build(RungEncoding top, bool withHalves)
    {
        List<Rung> rungs = [];
        Add(top);
        for (var i = 0; i < Steps.Length; i++)
        {
            if (Steps[i].BitrateBps < MinStep * rungs[^1].BitrateBps)
            {
                Add(Steps[i].Of(top, i + 1));
            }
        }

        rungs.Add(new Rung(StillOf(top), Rung.AllLayers));
        return rungs;

        void Add(RungEncoding encoding)
        {
            rungs.Add(new Rung(encoding, Rung.AllLayers));
            if (withHalves && !encoding.IsThrifty && encoding.FramesPerSecond / 2 >= MinHalfRate)
            {
                rungs.Add(new Rung(encoding, 0));
            }
        }
    }

    private static RungEncoding StillOf(RungEncoding top)
    {
        var step = new Step(320, 1.0 / StillSeconds, StillBytes * 8 / StillSeconds, 1);
        return step.Of(top, Steps.Length + 1) with { IsStill = true };
    }

    /// <param name="LongSide">Pixels.</param>
    /// <param name="FramesPerSecond">At least, where the canvas has that many.</param>
    private readonly record struct Step(int LongSide, double FramesPerSecond, int BitrateBps, int MaxTiles)
    {
        public RungEncoding Of(RungEncoding top, int id)
        {
            var ticks = Math.Max((int)(top.FramesPerSecond / FramesPerSecond), 1);
            var shape = ShapeWithin(top.Shape);
            var isThrifty = BitrateBps <= ThriftyBps;
            // Small pictures are cheap: there the bits are worth more than the time.
            var speed = isThrifty ? top.Speed / 2 : top.Speed;
            return new RungEncoding(id, shape, ticks, top.FramesPerSecond / ticks, BitrateBps, speed) { IsThrifty = isThrifty };
        }

        /// <summary>The canvas made smaller until its long side fits, and no smaller than layouts allow. What is not smaller has all tiles.</summary>
        private CanvasShape ShapeWithin(CanvasShape canvas)
        {
            var scale = (double)LongSide / Math.Max(canvas.Width, canvas.Height);
            scale = Math.Max(scale, (double)MinSide / Math.Min(canvas.Width, canvas.Height));
            return scale >= 1
                ? canvas with
                {
                    MaxTiles = MaxTiles == 1 ? 1 : canvas.MaxTiles,
                }
                : new CanvasShape(Even(canvas.Width * scale), Even(canvas.Height * scale), MaxTiles);
        }

        private static int Even(double side) => (int)Math.Round(side / 2) * 2;
    }
}
