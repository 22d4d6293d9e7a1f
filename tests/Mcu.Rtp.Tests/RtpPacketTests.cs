using Mcu.Media;
using Mcu.Media.Video;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests;

public class RtpPacketTests
{
    private static readonly ExtensionMap s_map = new(Mid: 1, AudioLevel: 2, AbsoluteSendTime: 3, TransportSequence: 4, VideoOrientation: 5);

    private static byte[] Sample(bool twoByteForm, params byte[] payload)
    {
        var bytes = new byte[200];
        var writer = new RtpWriter(bytes, new RtpHeader(96, true, 0xFFFE, 0x8000_0001, 0xCAFEBABE), twoByteForm);
        s_map.WriteMid(ref writer, "audio0"u8);
        s_map.WriteAudioLevel(ref writer, new AudioLevel(33, true));
        s_map.WriteAbsoluteSendTime(ref writer, MediaTime.FromMilliseconds(1500));
        s_map.WriteTransportSequence(ref writer, 0xABCD);
        s_map.WriteVideoOrientation(ref writer, VideoRotation.Clockwise270);
        return bytes[..writer.AddPayload(payload)];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_is_read(bool twoByteForm)
    {
        RtpPacket.TryParse(Sample(twoByteForm, 1, 2, 3), out var packet).ShouldBeTrue();

        packet.Marker.ShouldBeTrue();
        packet.PayloadType.ShouldBe((byte)96);
        packet.SequenceNumber.ShouldBe((ushort)0xFFFE);
        packet.Timestamp.ShouldBe(0x8000_0001u);
        packet.Ssrc.ShouldBe(0xCAFEBABEu);
        packet.Payload.ToArray().ShouldBe([1, 2, 3]);
        s_map.TryReadMid(packet, out var mid).ShouldBeTrue();
        mid.SequenceEqual("audio0"u8).ShouldBeTrue();
        s_map.TryReadAudioLevel(packet, out var level).ShouldBeTrue();
        level.ShouldBe(new AudioLevel(33, true));
        s_map.TryReadAbsoluteSendTime(packet, out var time).ShouldBeTrue();
        time.ShouldBe((3u << 18) / 2);
        s_map.TryReadTransportSequence(packet, out var sequence).ShouldBeTrue();
        sequence.ShouldBe((ushort)0xABCD);
        s_map.TryReadVideoOrientation(packet, out var rotation).ShouldBeTrue();
        rotation.ShouldBe(VideoRotation.Clockwise270);
    }

    [Fact]
    public void Extensions_not_negotiated_are_neither_written_nor_read()
    {
        var bytes = new byte[64];
        var writer = new RtpWriter(bytes, new RtpHeader(0, false, 1, 2, 3));
        ExtensionMap.None.WriteMid(ref writer, "a"u8);
        ExtensionMap.None.WriteTransportSequence(ref writer, 9);
        writer.EndHeader().ShouldBe(RtpPacket.FixedHeaderLength);

        RtpPacket.TryParse(Sample(false, 1), out var packet).ShouldBeTrue();
        ExtensionMap.None.TryReadMid(packet, out _).ShouldBeFalse();
        packet.TryGetExtension(9, out _).ShouldBeFalse();
    }

    [Fact]
    public void Padding_is_not_payload()
    {
        byte[] bytes = [0xA0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 7, 8, 0, 0, 3];
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        packet.Payload.ToArray().ShouldBe([7, 8]);
        packet.PaddingLength.ShouldBe(3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Padding_that_is_none_or_overruns_the_payload_is_refused(byte count)
    {
        byte[] bytes = [0xA0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 7, 8, 0, 0, count];
        RtpPacket.TryParse(bytes, out _).ShouldBeFalse();
    }

    [Fact]
    public void Csrcs_are_skipped()
    {
        byte[] bytes = [0x82, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 1, 1, 2, 2, 2, 2, 42];
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        packet.Payload.ToArray().ShouldBe([42]);
    }

    [Fact]
    public void Padding_between_extension_elements_is_skipped_and_id_15_ends_them()
    {
        // RFC 8285 section 4.2: ids 1, padding, 2, then the reserved 15 that hides 3.
        byte[] bytes = [0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 2, 0x10, 0xAA, 0, 0x20, 0xBB, 0xF0, 0x30, 0xCC];
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        packet.TryGetExtension(1, out var one).ShouldBeTrue();
        one.ToArray().ShouldBe([0xAA]);
        packet.TryGetExtension(2, out var two).ShouldBeTrue();
        two.ToArray().ShouldBe([0xBB]);
        packet.TryGetExtension(3, out _).ShouldBeFalse();
    }

    [Fact]
    public void Other_versions_are_refused() => RtpPacket.TryParse(new byte[20], out _).ShouldBeFalse();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damage_never_throws(bool twoByteForm) =>
        Damage.Survives(
            Sample(twoByteForm, 1, 2, 3, 4),
            static bytes =>
            {
                if (RtpPacket.TryParse(bytes, out var packet))
                {
                    (packet.HeaderLength + packet.Payload.Length + packet.PaddingLength).ShouldBe(bytes.Length);
                    for (var id = 0; id < 256; id++)
                    {
                        packet.TryGetExtension((byte)id, out _);
                    }
                }
            }
        );

    [Fact]
    public void Extension_ids_over_14_need_the_two_byte_form()
    {
        ExtensionMap.None.With(RtpHeaderExtensionKind.AudioLevel, 15).NeedsTwoByteForm.ShouldBeTrue();
        s_map.NeedsTwoByteForm.ShouldBeFalse();
        Should.Throw<ArgumentOutOfRangeException>(() => new RtpWriter(new byte[64], default).AddExtension(15, [1]));
    }

    [Fact]
    public void Every_kind_has_a_uri_that_leads_back_to_it()
    {
        foreach (var kind in Enum.GetValues<RtpHeaderExtensionKind>())
        {
            RtpHeaderExtensions.TryKindOf(RtpHeaderExtensions.UriOf(kind), out var found).ShouldBeTrue();
            found.ShouldBe(kind);
            ExtensionMap.None.With(kind, 7)[kind].ShouldBe((byte)7);
        }

        RtpHeaderExtensions.TryKindOf("urn:unknown", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(206, true)]
    [InlineData(191, false)]
    [InlineData(224, false)]
    [InlineData(96, false)]
    public void Rtcp_is_told_by_its_packet_type(byte second, bool isRtcp) => RtpDemux.IsRtcp([0x80, second, 0, 0]).ShouldBe(isRtcp);

    [Fact]
    public void Sequence_numbers_unwrap_both_ways()
    {
        var unwrapper = new SequenceUnwrapper();
        var first = unwrapper.Unwrap(65534);
        unwrapper.Unwrap(1).ShouldBe(first + 3);
        unwrapper.Unwrap(65535).ShouldBe(first + 1);
        unwrapper.Peek(0).ShouldBe(first + 2);
    }

    [Fact]
    public void Timestamps_unwrap_both_ways()
    {
        var unwrapper = new TimestampUnwrapper();
        var first = unwrapper.Unwrap(uint.MaxValue);
        unwrapper.Unwrap(959).ShouldBe(first + 960);
        unwrapper.Unwrap(uint.MaxValue - 959).ShouldBe(first - 959);
    }

    [Fact]
    public void Ntp_time_converts_both_ways()
    {
        var clock = new NtpClock(new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero));
        (clock.At(MediaTime.Zero).Value >> 32).ShouldBe(2_208_988_800ul); // RFC 5905 figure 4
        var time = MediaTime.FromMilliseconds(123_456.789);
        Math.Abs(clock.ToMediaTime(clock.At(time)).Ticks - time.Ticks).ShouldBeLessThanOrEqualTo(1);
    }
}
