using System.Buffers.Binary;
using Mcu.Rtp;
using Mcu.Rtp.Receive;

namespace Mcu.Fuzz.Targets;

/// <summary>RTP packets with their header extensions, and retransmissions.</summary>
internal static class RtpTargets
{
    private const byte MediaPayloadType = 96;
    private const uint MediaSsrc = 0x01020304;

    private static readonly ExtensionMap s_extensions = new(1, 2, 3, 4, 5);

    /// <summary>The parts of a packet add up to it, and written again it reads the same.</summary>
    public static void Packet(ReadOnlySpan<byte> input)
    {
        RtpDemux.IsRtcp(input);
        if (!RtpPacket.TryParse(input, out var packet))
        {
            return;
        }

        Oracle.Equal(packet.HeaderLength + packet.Payload.Length + packet.PaddingLength, input.Length, "length of all parts");
        Oracle.Within(input, packet.Payload, "the payload");
        ReadTyped(packet);

        var buffer = new byte[(2 * input.Length) + 64];
        var writer = new RtpWriter(buffer, HeaderOf(packet), twoByteForm: true);
        for (var id = 1; id <= byte.MaxValue; id++)
        {
            if (packet.TryGetExtension((byte)id, out var value))
            {
                Oracle.Within(input, value, "an extension");
                writer.AddExtension((byte)id, value);
            }
        }

        var length = writer.AddPayload(packet.Payload);
        Oracle.Holds(RtpPacket.TryParse(buffer.AsSpan(0, length), out var again), "a written packet is not read");
        Oracle.Equal(HeaderOf(again), HeaderOf(packet), "header");
        Oracle.SameBytes(again.Payload, packet.Payload, "payload");
        SameExtensions(again, packet);
    }

    /// <summary>The restored packet is the original's: its number, its payload, and the extensions it came with.</summary>
    public static void Retransmission(ReadOnlySpan<byte> input)
    {
        var bytes = input.ToArray();
        if (!RtxDecapsulator.TryDecapsulate(bytes, MediaSsrc, MediaPayloadType, out var length))
        {
            Oracle.SameBytes(bytes, input, "a refused packet was changed");
            return;
        }

        Oracle.Holds(RtpPacket.TryParse(input, out var rtx), "what is restored was no RTP");
        Oracle.Holds(RtpPacket.TryParse(bytes.AsSpan(0, length), out var media), "a restored packet is not read");
        Oracle.SameBytes(media.Payload, rtx.Payload[2..], "restored payload");
        var header = new RtpHeader(
            MediaPayloadType,
            rtx.Marker,
            BinaryPrimitives.ReadUInt16BigEndian(rtx.Payload),
            rtx.Timestamp,
            MediaSsrc
        );
        Oracle.Equal(HeaderOf(media), header, "restored header");
        SameExtensions(media, rtx);
    }

    private static RtpHeader HeaderOf(in RtpPacket packet) =>
        new(packet.PayloadType, packet.Marker, packet.SequenceNumber, packet.Timestamp, packet.Ssrc);

    private static void SameExtensions(in RtpPacket actual, in RtpPacket expected)
    {
        for (var id = 0; id <= byte.MaxValue; id++)
        {
            Oracle.Equal(
                actual.TryGetExtension((byte)id, out var value),
                expected.TryGetExtension((byte)id, out var right),
                $"presence of extension {id}"
            );
            Oracle.SameBytes(value, right, $"extension {id}");
        }
    }

    private static void ReadTyped(in RtpPacket packet)
    {
        Oracle.Holds(!s_extensions.TryReadMid(packet, out var mid) || mid.Length > 0, "an empty mid");
        Oracle.Holds(!s_extensions.TryReadAudioLevel(packet, out var level) || level.Level <= 127, "range of the audio level");
        Oracle.Holds(!s_extensions.TryReadAbsoluteSendTime(packet, out var time) || time < 1 << 24, "range of the send time");
        s_extensions.TryReadTransportSequence(packet, out _);
        Oracle.Holds(
            !s_extensions.TryReadVideoOrientation(packet, out var rotation) || Enum.IsDefined(rotation),
            "range of the video orientation"
        );
    }
}
