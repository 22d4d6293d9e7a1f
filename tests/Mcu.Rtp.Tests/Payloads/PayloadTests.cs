using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Payloads;

public class PayloadTests
{
    private readonly PacketizedFramePool _pool = new(new BufferPool());

    [Fact]
    public void Vp8_descriptors_of_every_shape_are_read()
    {
        Vp8Descriptor.TryParse([0x10, 0xAA], out var plain).ShouldBeTrue();
        plain.ShouldBe(new Vp8Descriptor(true, 0, false, -1, -1, -1, 1));

        // X, N, S; I and L and T and K; 15-bit picture id; TL0PICIDX; TID 2.
        Vp8Descriptor.TryParse([0xB3, 0xF0, 0x92, 0x34, 0x56, 0x80, 0xAA], out var full).ShouldBeTrue();
        full.ShouldBe(new Vp8Descriptor(true, 3, true, 0x1234, 0x56, 2, 6));

        Vp8Descriptor.TryParse([0x80, 0x80, 0x12, 0xAA], out var shortId).ShouldBeTrue();
        shortId.PictureId.ShouldBe(0x12);
    }

    [Fact]
    public void Vp9_descriptors_of_every_shape_are_read()
    {
        // Flexible: I, P, L, F, B; 15-bit id; layers; two P_DIFF.
        Vp9Descriptor.TryParse([0xF8, 0x92, 0x34, 0x42, 0x03, 0x04, 0xAA], out var flexible).ShouldBeTrue();
        flexible.ShouldBe(new Vp9Descriptor(0x1234, true, true, true, false, 2, 1, 6));

        // Non-flexible as browsers send a keyframe: I, L, B, E, V; TL0PICIDX; SS of one layer with size and a group of one picture.
        byte[] key = [0xAE, 0x92, 0x34, 0x00, 0x07, 0x18, 0x02, 0x80, 0x01, 0x68, 0x01, 0x04, 0x01, 0xAA];
        Vp9Descriptor.TryParse(key, out var keyframe).ShouldBeTrue();
        keyframe.ShouldBe(new Vp9Descriptor(0x1234, false, false, true, true, 0, 0, 13));
    }

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void Damaged_payloads_never_throw(VideoCodec codec)
    {
        byte[][] samples =
        [
            [0xB3, 0xF0, 0x92, 0x34, 0x56, 0x80, 0xAA],
            [0xFA, 0x92, 0x34, 0x42, 0x03, 0x04, 0x38, 1, 2, 3, 4, 5, 6, 7, 8, 2, 4, 1, 8, 1, 2, 0xAA],
            [0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2, 0, 3, 0x65, 0x88, 9],
            [0x7C, 0x85, 0x88, 1, 2, 3],
        ];
        var depacketizer = VideoPayloads.CreateDepacketizer(codec);
        var output = new byte[200];
        foreach (var sample in samples)
        {
            Damage.Survives(
                sample,
                bytes =>
                {
                    var isValid = depacketizer.TryParse(bytes, out var flags);
                    var written = depacketizer.Append(bytes, output);
                    written.ShouldBeLessThanOrEqualTo(depacketizer.MaxOutput(bytes));
                    (isValid || written == 0).ShouldBeTrue();
                    depacketizer.WritePrefix(flags, output).ShouldBeLessThanOrEqualTo(depacketizer.MaxPrefix);
                }
            );
        }
    }

    [Fact]
    public void H264_parameter_sets_travel_in_one_stap_a_and_a_big_slice_in_fu_a()
    {
        var frame = Clips.Frame(VideoCodec.H264, new Random(1), 3000, isKeyframe: true);
        var packetized = new H264Packetizer(_pool, 1000).Packetize(frame, true, MediaTime.Zero);
        packetized.Count.ShouldBe(5);
        packetized[0].ToArray().ShouldBe([0x78, 0, 4, 0x67, 1, 2, 3, 0, 3, 0x68, 4, 5]);
        packetized[1][..2].ToArray().ShouldBe([0x7C, 0x85]); // NRI of the slice, FU-A; start, IDR
        packetized[2][..2].ToArray().ShouldBe([0x7C, 0x05]);
        packetized[4][..2].ToArray().ShouldBe([0x7C, 0x45]); // end
        packetized.MarkerIndex.ShouldBe(4);
        packetized.Release();
    }

    [Fact]
    public void H264_access_unit_delimiters_are_left_out_and_lone_units_are_not_aggregated()
    {
        byte[] frame = [0, 0, 1, 0x09, 0xF0, 0, 0, 0, 1, 0x06, 5, 0, 0, 1, 0x41, 0x88, 7];
        var packetized = new H264Packetizer(_pool).Packetize(frame, false, MediaTime.Zero);
        packetized.Count.ShouldBe(2);
        packetized[0].ToArray().ShouldBe([0x06, 5]);
        packetized[1].ToArray().ShouldBe([0x41, 0x88, 7]);
        packetized.Release();
    }

    [Fact]
    public void Parameter_sets_of_sdp_are_known_before_any_packet()
    {
        var depacketizer = new H264Depacketizer();
        depacketizer.CanStartWith(VideoPayloadFlags.Keyframe).ShouldBeFalse();
        depacketizer.RememberParameterSet([0x67, 1]);
        depacketizer.RememberParameterSet([0x68, 2]);
        depacketizer.RememberParameterSet([0x68, 2]);
        depacketizer.CanStartWith(VideoPayloadFlags.Keyframe).ShouldBeTrue();
        var prefix = new byte[depacketizer.MaxPrefix];
        depacketizer.WritePrefix(VideoPayloadFlags.Keyframe, prefix);
        prefix.ShouldBe([0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2]);
    }

    [Fact]
    public void Packets_of_a_frame_are_of_even_size_and_picture_ids_wrap_at_15_bits()
    {
        var packetizer = new Vp8Packetizer(_pool, 0x7FFF, 1006);
        var frame = packetizer.Packetize(new byte[2001], true, MediaTime.Zero);
        frame.Count.ShouldBe(3);
        new[] { frame[0].Length, frame[1].Length, frame[2].Length }.ShouldBe([673, 673, 673]);
        frame[0][..6].ToArray().ShouldBe([0x90, 0xE0, 0xFF, 0xFF, 1, 0]);
        frame[1][0].ShouldBe((byte)0x80);
        frame.Release();
        frame = packetizer.Packetize(new byte[10], false, MediaTime.Zero);
        frame[0][..6].ToArray().ShouldBe([0x90, 0xE0, 0x80, 0x00, 2, 0]);
        frame.Release();
    }

    [Fact]
    public void Vp8_frames_that_nothing_refers_to_say_so_and_leave_the_base_index()
    {
        var packetizer = new Vp8Packetizer(_pool, 10);
        List<Vp8Descriptor> seen = [.. Enumerable.Range(0, 4).Select(i => Describe(packetizer, isKeyframe: i == 0, layer: i % 2))];

        seen.Select(d => d.PictureId).ShouldBe([10, 11, 12, 13]);
        seen.Select(d => d.Tl0PictureIndex).ShouldBe([1, 1, 2, 2]);
        seen.Select(d => d.TemporalLayer).ShouldBe([0, 1, 0, 1]);
        seen.Select(d => d.NonReference).ShouldBe([false, true, false, true]);

        static Vp8Descriptor Describe(Vp8Packetizer packetizer, bool isKeyframe, int layer)
        {
            var frame = packetizer.Packetize(new byte[10], isKeyframe, MediaTime.Zero, layer);
            Vp8Descriptor.TryParse(frame[0], out var descriptor).ShouldBeTrue();
            (frame[0][5] & 0x20).ShouldBe(layer == 1 ? 0x20 : 0, "Y: a frame above refers to the base layer alone");
            frame.TemporalLayer.ShouldBe(layer);
            frame.Release();
            return descriptor;
        }
    }

    [Fact]
    public void Vp9_frames_refer_to_the_base_layers_frame_before_them()
    {
        var packetizer = new Vp9Packetizer(_pool, 0x7FFE);
        int[] layers = [0, 1, 0, 0, 1, 0];
        List<byte[]> heads = [];
        for (var i = 0; i < layers.Length; i++)
        {
            var frame = packetizer.Packetize(new byte[10], i == 0, MediaTime.Zero, layers[i]);
            Vp9Descriptor.TryParse(frame[0], out var descriptor).ShouldBeTrue();
            descriptor.TemporalLayer.ShouldBe(layers[i]);
            descriptor.PictureId.ShouldBe((0x7FFE + i) & 0x7FFF);
            descriptor.InterPredicted.ShouldBe(i > 0);
            heads.Add(frame[0][..descriptor.Length].ToArray());
            frame.Release();
        }

        heads[0].ShouldBe([0xBC, 0xFF, 0xFE, 0x00]); // I, L, F, B, E
        heads[1].ShouldBe([0xFC, 0xFF, 0xFF, 0x30, 1 << 1]); // TID 1, U; P_DIFF 1
        heads[2].ShouldBe([0xFC, 0x80, 0x00, 0x00, 2 << 1]);
        heads[3][^1].ShouldBe((byte)(1 << 1));
        heads[5][^1].ShouldBe((byte)(2 << 1));
    }

    [Fact]
    public void Audio_is_one_payload_and_marks_the_start_of_a_talkspurt()
    {
        var packetizer = new AudioPacketizer(_pool);
        var frame = packetizer.Packetize([1, 2, 3], MediaTime.Zero, startsTalkspurt: true);
        frame.Count.ShouldBe(1);
        frame[0].ToArray().ShouldBe([1, 2, 3]);
        frame.MarkerIndex.ShouldBe(0);
        frame.Release();
        frame = packetizer.Packetize([1], MediaTime.Zero);
        frame.MarkerIndex.ShouldBe(-1);
        frame.Release();
        _pool.Outstanding.ShouldBe(0);
    }
}
