using Mcu.Media.Codecs;
using Mcu.Rtp.Payloads;

namespace Mcu.Conference.Video;

/// <summary>Size of a canvas, and how much may be on it.</summary>
/// <param name="Width">Pixels, even.</param>
/// <param name="Height">Pixels, even.</param>
/// <param name="MaxTiles">1 to 25: small canvases show fewer, so that faces stay recognisable.</param>
internal readonly record struct CanvasShape(int Width, int Height, int MaxTiles);

/// <summary>How a view is encoded once, for all who are on the same rung.</summary>
/// <param name="Id">Tells the encodes of one canvas apart; the same whatever the load, so that an encode goes on at other rates.</param>
/// <param name="Shape">Of the canvas.</param>
/// <param name="TicksPerFrame">Every so many video ticks there is a frame.</param>
/// <param name="FramesPerSecond">Which comes to this.</param>
/// <param name="BitrateBps">What the encoder aims at.</param>
/// <param name="Speed">Of the encoder, 0 to 10.</param>
internal sealed record RungEncoding(int Id, CanvasShape Shape, int TicksPerFrame, double FramesPerSecond, int BitrateBps, int Speed)
{
    private const int NarrowBps = 100_000;
    private const int NarrowPayload = 700;

    /// <summary>Keyframes alone, seconds apart, each complete in itself.</summary>
    public bool IsStill { get; init; }

    /// <summary>So few bits that VP9 is worth its price where it is decoded.</summary>
    public bool IsThrifty { get; init; }

    /// <summary>Bytes of an RTP payload at most. On the lines that have few bits a packet of full length would hold sound up for 100 ms.</summary>
    public int MaxPayload => IsStill || BitrateBps <= NarrowBps ? NarrowPayload : VideoPayloads.DefaultMaxPayload;

    /// <summary>What the encoder is opened with. To it stills come once a second: its rate control knows nothing slower.</summary>
    public VideoEncoderSettings Settings =>
        IsStill
            ? new VideoEncoderSettings(Shape.Width, Shape.Height, Ladder.StillBytes * 8, 1, Speed)
            : new VideoEncoderSettings(Shape.Width, Shape.Height, BitrateBps, FramesPerSecond, Speed);
}

/// <summary>What one participant can be given: an encode, whole or without the frames that nothing refers to.</summary>
/// <param name="Encoding">Which.</param>
/// <param name="TopLayer">1: all frames. 0: those of the base layer, half of them.</param>
internal sealed record Rung(RungEncoding Encoding, int TopLayer)
{
    public const int AllLayers = 1;

    /// <summary>Share of the bits that the base layer takes; <c>TemporalLayerTests</c> holds it.</summary>
    private const double BaseShare = 0.6;

    /// <summary>Of what a still takes at its usual pace: where there is less it comes later, and is better than nothing.</summary>
    private const double StillShare = 0.6;

    /// <summary>Bytes around a payload: IPv4, UDP, RTP with its extensions, SRTP.</summary>
    private const int PacketOverhead = 60;

    /// <summary>Better rungs have lower ones.</summary>
    public int Id => (2 * Encoding.Id) + (TopLayer == AllLayers ? 0 : 1);

    public double FramesPerSecond => FrameRateOf(Encoding, TopLayer);

    /// <summary>Bit/s of the pictures alone.</summary>
    public int BitrateBps => BitrateOf(Encoding, TopLayer);

    /// <summary>Bit/s on the line, packets and all, where nothing is lost.</summary>
    public long LineBps { get; } = LineRateOf(Encoding, TopLayer);

    /// <summary>For people: "720p30" at the top, "180p10 35k", "still".</summary>
    public string Name { get; } = NameOf(Encoding, TopLayer);

    /// <summary>Bit/s on the line with what is sent again of what is lost.</summary>
    public long NeededBps(double fractionLost) =>
        (long)(LineBps * (1 + Math.Clamp(fractionLost, 0, 1)) * (Encoding.IsStill ? StillShare : 1));

    private static double FrameRateOf(RungEncoding encoding, int topLayer) =>
        topLayer == AllLayers ? encoding.FramesPerSecond : encoding.FramesPerSecond / 2;

    private static long LineRateOf(RungEncoding encoding, int topLayer)
    {
        var bitrate = BitrateOf(encoding, topLayer);
        var frames = FrameRateOf(encoding, topLayer);
        var packetsPerFrame = Math.Ceiling(bitrate / 8 / frames / encoding.MaxPayload);
        return bitrate + (long)(frames * packetsPerFrame * PacketOverhead * 8);
    }

    private static string NameOf(RungEncoding encoding, int topLayer)
    {
        if (encoding.IsStill)
        {
            return "still";
        }

        var side = Math.Min(encoding.Shape.Width, encoding.Shape.Height);
        var name = FormattableString.Invariant($"{side}p{FrameRateOf(encoding, topLayer):0.#}");
        return encoding.Id == 0 ? name : $"{name} {BitrateOf(encoding, topLayer) / 1000}k";
    }

    private static int BitrateOf(RungEncoding encoding, int topLayer) =>
        topLayer == AllLayers ? encoding.BitrateBps : (int)(encoding.BitrateBps * BaseShare);
}
