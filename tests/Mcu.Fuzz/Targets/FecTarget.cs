using Mcu.Media.Memory;
using Mcu.Rtp;
using Mcu.Rtp.Fec;

namespace Mcu.Fuzz.Targets;

/// <summary>RED and ULPFEC of video, as a receiver takes them.</summary>
internal static class FecTarget
{
    private const byte Ulpfec = 118;
    private const uint Ssrc = 0x0A0B0C0D;

    private static readonly BufferPool s_buffers = new();
    private static readonly ExtensionMap s_extensions = new(1, 2, 3, 4, 5);

    /// <summary>
    /// The input is a stream: RED packets, each behind its length in two bytes. What is taken out of RED is in the packet; what is restored is RTP of
    /// the stream; all memory comes back.
    /// </summary>
    public static void Run(ReadOnlySpan<byte> input)
    {
        using (var decoder = new UlpfecDecoder(Ssrc, s_buffers))
        {
            var restored = new byte[UlpfecDecoder.MaxPacket];
            var rest = input;
            var fecPackets = 0;
            while (Framing.TryCut(ref rest, out var bytes))
            {
                var packet = bytes.ToArray();
                if (!RedEncapsulation.TryUnwrap(packet, out var inside))
                {
                    Oracle.SameBytes(packet, bytes, "a refused packet was changed");
                    continue;
                }

                CheckInside(bytes, inside, out var plain);
                fecPackets += plain.PayloadType == Ulpfec && decoder.AddFec(plain.Payload) ? 1 : 0;
                if (plain.PayloadType != Ulpfec)
                {
                    decoder.AddMedia(plain, s_extensions);
                }

                while (decoder.TryRestore(s_extensions, restored, out var found))
                {
                    Oracle.Equal(found.Ssrc, Ssrc, "SSRC of a restored packet");
                }
            }

            Oracle.Holds(decoder.RestoredPackets <= fecPackets, "more restored than FEC packets");
        }

        Oracle.Equal(s_buffers.Outstanding, 0, "buffers not given back");
    }

    private static void CheckInside(ReadOnlySpan<byte> outside, ReadOnlySpan<byte> inside, out RtpPacket plain)
    {
        Oracle.Holds(RtpPacket.TryParse(inside, out plain), "what was in RED is no RTP");
        Oracle.Holds(RtpPacket.TryParse(outside, out var red), "what RED was in is no RTP");
        Oracle.Equal(plain.SequenceNumber, red.SequenceNumber, "number");
        Oracle.Equal(plain.PayloadType, red.Payload[0], "payload type");
        Oracle.SameBytes(plain.Payload, red.Payload[1..], "payload");
    }
}
