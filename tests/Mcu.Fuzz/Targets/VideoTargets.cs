using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;

namespace Mcu.Fuzz.Targets;

/// <summary>Video payload formats and the assembler of frames.</summary>
internal static class VideoTargets
{
    private const int SmallPayload = 64;

    private static readonly BufferPool s_buffers = new();
    private static readonly PacketizedFramePool s_frames = new(s_buffers);

    /// <summary>The input as a payload adds no more to its frame than announced; as a frame it is cut and put together again.</summary>
    public static FuzzAction Payload(VideoCodec codec) =>
        input =>
        {
            CheckPayload(VideoPayloads.CreateDepacketizer(codec), input);
            if (!input.IsEmpty)
            {
                CheckFrame(codec, input);
            }
        };

    /// <summary>The input is a call: packets, each behind its length in two bytes. Frames start whole, from a keyframe on, and all memory comes back.</summary>
    public static FuzzAction Assembler(VideoCodec codec) =>
        input =>
        {
            using (var assembler = new VideoFrameAssembler(codec, s_buffers) { Extensions = new ExtensionMap(1, 2, 3, 4, 5) })
            {
                var now = MediaTime.Zero;
                var rest = input;
                var packets = 0;
                while (Framing.TryCut(ref rest, out var bytes))
                {
                    now += TimeSpan.FromMilliseconds(5);
                    packets += RtpPacket.TryParse(bytes, out var packet) && assembler.Insert(packet, now) ? 1 : 0;
                    TakeAll(assembler, now);
                }

                TakeAll(assembler, now + TimeSpan.FromMinutes(1));
                Oracle.Holds(assembler.FramesTaken <= packets, "more frames than packets");
            }

            Oracle.Equal(s_buffers.Outstanding, 0, "buffers not given back");
        };

    private static void CheckPayload(IVideoDepacketizer depacketizer, ReadOnlySpan<byte> payload)
    {
        var accepted = depacketizer.TryParse(payload, out var flags);
        var output = new byte[depacketizer.MaxOutput(payload)];
        var written = depacketizer.Append(payload, output);
        Oracle.Holds(written >= 0 && written <= output.Length, "more output than announced");
        Oracle.Holds(accepted || written == 0, "a refused payload adds to the frame");
        Oracle.Holds(
            !flags.HasFlag(VideoPayloadFlags.CertainStart) || flags.HasFlag(VideoPayloadFlags.FrameStart),
            "a certain start that is none"
        );
        var prefix = new byte[depacketizer.MaxPrefix];
        Oracle.Holds(depacketizer.WritePrefix(flags, prefix) <= prefix.Length, "a longer prefix than announced");
    }

    private static void CheckFrame(VideoCodec codec, ReadOnlySpan<byte> frame)
    {
        var expected = codec == VideoCodec.H264 ? Units(frame) : frame.ToArray();
        if (expected is null)
        {
            return;
        }

        var packetized = VideoPayloads.CreatePacketizer(codec, s_frames, maxPayload: SmallPayload).Packetize(frame, true, MediaTime.Zero);
        var depacketizer = VideoPayloads.CreateDepacketizer(codec);
        var restored = new List<byte>();
        for (var i = 0; i < packetized.Count; i++)
        {
            var payload = packetized[i];
            Oracle.Holds(payload.Length <= SmallPayload, "a payload is longer than allowed");
            Oracle.Holds(depacketizer.TryParse(payload, out var flags), "a payload of our own is refused");
            Oracle.Holds(i > 0 || flags.HasFlag(VideoPayloadFlags.FrameStart), "the first payload starts no frame");
            var output = new byte[depacketizer.MaxOutput(payload)];
            restored.AddRange(output.AsSpan(0, depacketizer.Append(payload, output)));
        }

        packetized.Release();
        Oracle.SameBytes([.. restored], expected, "restored frame");
    }

    /// <summary>The NAL units as the depacketizer writes them, without delimiters; null for units that RTP cannot carry (RFC 6184 table 1).</summary>
    private static byte[]? Units(ReadOnlySpan<byte> stream)
    {
        var units = new List<byte>();
        var start = stream.IndexOf([(byte)0, (byte)0, (byte)1]);
        while (start >= 0)
        {
            stream = stream[(start + 3)..];
            start = stream.IndexOf([(byte)0, (byte)0, (byte)1]);
            var unit = (start < 0 ? stream : stream[..start]).TrimEnd((byte)0);
            var type = unit.IsEmpty ? 9 : unit[0] & 0x1F;
            if (type is 0 or > 23)
            {
                return null;
            }

            if (type != 9)
            {
                units.AddRange([0, 0, 0, 1, .. unit]);
            }
        }

        return [.. units];
    }

    private static void TakeAll(VideoFrameAssembler assembler, MediaTime now)
    {
        while (true)
        {
            var needed = assembler.KeyframeNeeded;
            if (!assembler.TryTake(now, out var frame))
            {
                Oracle.Holds(assembler.NextDeadline > now, "a deadline in the past");
                return;
            }

            Oracle.Holds(frame.IsKeyframe || !needed, "a frame that cannot be decoded");
            Oracle.Holds(frame.Data.Length > 0, "an empty frame");
            Oracle.Holds(
                assembler.Codec != VideoCodec.H264 || frame.Data.Span.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 1]),
                "an access unit without start code"
            );
            Oracle.Holds(frame.FirstArrival <= frame.LastArrival && frame.LastArrival <= now, "times of arrival");
            frame.Data.Release();
        }
    }
}
