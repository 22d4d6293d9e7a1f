using CsCheck;
using Mcu.Codecs.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Audio;

/// <summary>RFC 6716 section 3.</summary>
public sealed class OpusPacketTests
{
    [Theory]
    [InlineData(0, 480)]
    [InlineData(3, 2880)]
    [InlineData(9, 960)]
    [InlineData(12, 480)]
    [InlineData(15, 960)]
    [InlineData(16, 120)]
    [InlineData(19, 960)]
    [InlineData(30, 480)]
    public void The_configuration_gives_the_frame_length(int config, int samples)
    {
        OpusPacket.TryParse([(byte)(config << 3), 1, 2, 3], out var packet).ShouldBeTrue();
        packet.FrameSamples.ShouldBe(samples);
        packet.FrameCount.ShouldBe(1);
        packet.Samples.ShouldBe(samples);
    }

    [Fact]
    public void Two_equal_frames_need_an_odd_length()
    {
        OpusPacket.TryParse([0x09, 1, 2, 3, 4], out var packet).ShouldBeTrue();
        packet.FrameCount.ShouldBe(2);
        OpusPacket.TryParse([0x09, 1, 2, 3], out _).ShouldBeFalse();
    }

    [Fact]
    public void Two_unequal_frames_must_fit()
    {
        OpusPacket.TryParse([0x0A, 2, 1, 2, 3], out var packet).ShouldBeTrue();
        packet.FrameCount.ShouldBe(2);
        OpusPacket.TryParse([0x0A, 4, 1, 2, 3], out _).ShouldBeFalse();
        OpusPacket.TryParse([0x0A, 252], out _).ShouldBeFalse();
        OpusPacket.TryParse([0x0A], out _).ShouldBeFalse();
    }

    [Fact]
    public void Many_frames_may_have_padding_and_lengths_of_their_own()
    {
        // Three constant frames of two bytes.
        OpusPacket.TryParse([0x0B, 3, 1, 2, 3, 4, 5, 6], out var constant).ShouldBeTrue();
        constant.FrameCount.ShouldBe(3);
        OpusPacket.TryParse([0x0B, 3, 1, 2, 3, 4, 5], out _).ShouldBeFalse();
        // Padding of two bytes, lengths 1 and 2, the last takes what is left.
        OpusPacket.TryParse([0x0B, 0xC3, 2, 1, 2, 9, 8, 7, 6, 0, 0], out var variable).ShouldBeTrue();
        variable.FrameCount.ShouldBe(3);
        OpusPacket.TryParse([0x0B, 0xC3, 200, 1, 2, 9, 8, 7], out _).ShouldBeFalse();
        OpusPacket.TryParse([0x0B, 0x43, 255, 255], out _).ShouldBeFalse();
        OpusPacket.TryParse([0x0B, 0], out _).ShouldBeFalse();
        OpusPacket.TryParse([0x0B], out _).ShouldBeFalse();
    }

    [Fact]
    public void More_than_120_ms_is_refused()
    {
        OpusPacket.TryParse([0x1B, 2, 1, 2], out var two).ShouldBeTrue();
        two.Samples.ShouldBe(OpusPacket.MaxSamples);
        OpusPacket.TryParse([0x1B, 3, 1, 2, 3], out _).ShouldBeFalse();
    }

    [Fact]
    public void Lbrr_is_read_behind_the_vad_flags_of_silk_and_never_of_celt()
    {
        // 20 ms mono: VAD, LBRR.
        HasFec([0x08, 0x40]).ShouldBeTrue();
        HasFec([0x08, 0x80]).ShouldBeFalse();
        // 60 ms mono: three VAD flags first.
        HasFec([0x18, 0x10]).ShouldBeTrue();
        HasFec([0x18, 0xE0]).ShouldBeFalse();
        // 20 ms stereo: VAD and LBRR of mid, then of side.
        HasFec([0x0C, 0x10]).ShouldBeTrue();
        HasFec([0x0C, 0x20]).ShouldBeFalse();
        HasFec([0xF8, 0xFF]).ShouldBeFalse();
        HasFec([0x08]).ShouldBeFalse();
    }

    [Fact]
    public void Any_bytes_parse_or_do_not_but_never_throw()
    {
        Gen.Byte.Array[0, 60]
            .Sample(
                bytes =>
                {
                    if (OpusPacket.TryParse(bytes, out var packet))
                    {
                        packet.Samples.ShouldBeInRange(120, OpusPacket.MaxSamples);
                        packet.FrameCount.ShouldBeInRange(1, 48);
                    }
                },
                iter: 20000,
                threads: 1
            );
        OpusPacket.TryParse([], out _).ShouldBeFalse();
        OpusPacket.TryParse(new byte[1400], out _).ShouldBeFalse();
    }

    private static bool HasFec(byte[] bytes) => OpusPacket.TryParse(bytes, out var packet) && packet.HasFec;
}
