using Mcu.Conference;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Mcu.TestKit.Video;

namespace Mcu.Benchmarks.Network;

/// <summary>
/// What comes down to one participant of nine: our composite, against a server that forwards nine streams, each encoded by its sender at the
/// size of its tile and at the rate that makes the tile as good. As good is: mean SSIM against the film itself, over the same part of the tile.
/// </summary>
internal sealed class SfuQuestion : INetworkQuestion
{
    private const int Guests = 9;

    /// <summary>A sender has more time for a small picture than we have for a large one.</summary>
    private const int SenderSpeed = 6;
    private const int LeastBps = 30_000;
    private const int MostBps = 2_000_000;

    /// <summary>IP and UDP 28, RTP 12, extensions 8, SRTP 16.</summary>
    private const int PacketOverhead = 64;
    private const int PacketPayload = 1_130;

    /// <summary>Talker: Opus at 32 kbit/s, 50 packets a second; eight who are silent: 2.5 packets of DTX.</summary>
    private const double ForwardedSoundKbps = 32 + (50 * PacketOverhead * 8 / 1000.0) + (8 * 2.5 * (PacketOverhead + 3) * 8 / 1000);

    private const int FrameRate = 30;
    private const int Frames = 210;
    private const int SkippedFrames = 30;
    private static readonly Period s_measured = new(8, 20);

    public string Name => "sfu";

    public string About => "nine with cameras, clean lines: bytes down, ours against nine forwarded streams at equal SSIM of tiles";

    public IEnumerable<Finding> Answer(int seed, Studio studio)
    {
        var tiles = Layout
            .Arrange(new LayoutInput(1280, 720, LayoutKind.Grid, [.. Enumerable.Range(1, Guests).Select(id => new LayoutParticipant(id))]))
            .Tiles.OrderBy(tile => tile.SourceId)
            .ToList();
        var gauges = tiles.ConvertAll(tile => new TileGauge(studio, (int)tile.SourceId - 1, tile));
        var ours = Meet(seed, studio, gauges);
        var forwarded = gauges.ConvertAll(gauge => Forward(studio, gauge));
        var theirs = forwarded.Sum(stream => stream.Kbps) + ForwardedSoundKbps;
        return
        [
            new("SSIM of tiles, ours", gauges.Average(gauge => gauge.Mean), ""),
            new("SSIM of tiles, forwarded", forwarded.Average(stream => stream.Ssim), ""),
            new("bytes down, ours", ours, "kbit/s"),
            new("bytes down, forwarded", theirs, "kbit/s"),
            new("bytes down, ours against forwarded", ours / theirs, "x"),
        ];
    }

    /// <summary>Runs the meeting, lets each tile be gauged twice a second, and says what came down in kbit/s.</summary>
    private static double Meet(int seed, Studio studio, List<TileGauge> gauges)
    {
        var next = Meeting.Start + TimeSpan.FromSeconds(s_measured.From);
        var guests = Enumerable
            .Range(0, Guests)
            .Select(number => new GuestPlan($"guest{number}", NetworkRows.Clean, NetworkRows.Clean)
            {
                Talks = time => (int)(time.TotalSeconds / 4) % Guests == number,
                Looks = number == Guests - 1,
                Seen = (picture, composed) =>
                {
                    if (composed >= next)
                    {
                        next = composed + TimeSpan.FromSeconds(0.5);
                        gauges.ForEach(gauge => gauge.Look(picture, composed));
                    }
                },
            });
        var plan = new MeetingPlan([.. guests], [], TimeSpan.FromSeconds(s_measured.To))
        {
            Options = new ConferenceOptions { SelfView = true },
        };
        return Meeting.Run(plan, seed, studio)[^1].DownKbps(s_measured);
    }

    /// <summary>The least rate at which a stream of the tile's size is as good as ours.</summary>
    private static (double Kbps, double Ssim) Forward(Studio studio, TileGauge gauge)
    {
        var (low, high) = (LeastBps, MostBps);
        var best = Encode(studio, gauge, high);
        while (high - low > high / 20)
        {
            var middle = (low + high) / 2;
            var stream = Encode(studio, gauge, middle);
            if (stream.Ssim >= gauge.Mean)
            {
                (high, best) = (middle, stream);
            }
            else
            {
                low = middle;
            }
        }

        return best;
    }

    private static (double Kbps, double Ssim) Encode(Studio studio, TileGauge gauge, int bitrateBps)
    {
        using var encoder = studio.Codecs.CreateVideoEncoder(
            VideoCodec.Vp8,
            new VideoEncoderSettings(gauge.Width, gauge.Height, bitrateBps, FrameRate, SenderSpeed)
        );
        using var decoder = studio.Codecs.CreateVideoDecoder(VideoCodec.Vp8);
        long bytes = 0;
        var ssims = new List<double>();
        for (var i = 0; i < Frames; i++)
        {
            var original = gauge.Original(i);
            var encoded = encoder.Encode(
                original,
                new VideoEncodeRequest(MediaTime.FromMilliseconds(i * 1000.0 / FrameRate), i == 0, null),
                BufferPool.Shared
            );
            if (encoded.Buffer is { } buffer)
            {
                var packets = (buffer.Length + PacketPayload - 1) / PacketPayload;
                bytes += i >= SkippedFrames ? buffer.Length + (packets * PacketOverhead) : 0;
                decoder.Decode(buffer.Span, VideoFramePool.Shared, out var picture);
                buffer.Release();
                if (picture is not null && i >= SkippedFrames && i % 15 == 0)
                {
                    ssims.Add(PictureQuality.Ssim(original, picture, gauge.Compared));
                }

                picture?.Release();
            }

            original.Release();
        }

        return (bytes * 8 / 1000.0 / ((Frames - SkippedFrames) / (double)FrameRate), ssims.Average());
    }
}
