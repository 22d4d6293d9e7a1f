using Mcu.Media;
using Mcu.Rtp.Fec;
using Shouldly;

namespace Mcu.Rtp.Tests.Fec;

/// <summary>Media packets as FEC sees them, and an encoder's way with them.</summary>
internal static class FecPackets
{
    public const uint Ssrc = 0x0A0B0C0D;

    public static byte[] Random(Random random, ushort sequence, int maxPayload = 1130)
    {
        var bytes = new byte[1500];
        var header = new RtpHeader((byte)random.Next(128), random.Next(2) == 0, sequence, (uint)random.NextInt64(1L << 32), Ssrc);
        var writer = new RtpWriter(bytes, header);
        for (byte id = 1; random.Next(2) == 0 && id < 5; id++)
        {
            var value = new byte[random.Next(1, 17)];
            random.NextBytes(value);
            writer.AddExtension(id, value);
        }

        var payload = new byte[random.Next(1, maxPayload)];
        random.NextBytes(payload);
        return bytes[..writer.AddPayload(payload)];
    }

    /// <summary>What the encoder makes of one frame.</summary>
    public static List<byte[]> Encode(
        UlpfecEncoder encoder,
        IReadOnlyList<byte[]> frame,
        double rate,
        MediaTime now = default,
        double patienceMs = 1e9
    )
    {
        var fec = new List<byte[]>();
        var buffer = new byte[UlpfecHeader.MaxLength + UlpfecEncoder.MaxBody];
        encoder.BeginFrame(frame.Count, rate, TimeSpan.FromMilliseconds(patienceMs));
        foreach (var packet in frame)
        {
            RtpPacket.TryParse(packet, out var parsed).ShouldBeTrue();
            encoder.Add(packet.AsSpan(0, parsed.HeaderLength), packet.AsSpan(parsed.HeaderLength), now);
            while (encoder.TryTake(buffer, out var length))
            {
                fec.Add(buffer[..length]);
            }
        }

        return fec;
    }

    /// <summary>The numbers that a FEC payload protects.</summary>
    public static List<ushort> ProtectedBy(byte[] fec)
    {
        UlpfecHeader.TryParse(fec, out var header, out _).ShouldBeTrue();
        return
        [
            .. Enumerable
                .Range(0, UlpfecHeader.MaskBits)
                .Where(distance => (header.Mask & UlpfecHeader.BitOf(distance)) != 0)
                .Select(distance => (ushort)(header.BaseSequence + distance)),
        ];
    }

    public static void Add(this UlpfecDecoder decoder, byte[] packet)
    {
        RtpPacket.TryParse(packet, out var parsed).ShouldBeTrue();
        decoder.AddMedia(parsed, ExtensionMap.None);
    }

    public static List<byte[]> RestoreAll(this UlpfecDecoder decoder)
    {
        var restored = new List<byte[]>();
        var buffer = new byte[UlpfecDecoder.MaxPacket];
        while (decoder.TryRestore(ExtensionMap.None, buffer, out var packet))
        {
            restored.Add(packet.Bytes.ToArray());
        }

        return restored;
    }
}
