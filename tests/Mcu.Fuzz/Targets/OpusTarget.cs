using Mcu.Codecs;
using Mcu.Codecs.Audio;
using Mcu.Media.Codecs;

namespace Mcu.Fuzz.Targets;

/// <summary>What our parser takes, libopus decodes to exactly as many samples.</summary>
internal static class OpusTarget
{
    private static readonly IAudioDecoder s_decoder = new NativeCodecFactory().CreateAudioDecoder(AudioCodec.Opus);
    private static readonly float[] s_samples = new float[OpusPacket.MaxSamples];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (!OpusPacket.TryParse(input, out var packet))
        {
            Oracle.Equal(s_decoder.Decode(input, s_samples), 0, "samples of a refused packet");
            return;
        }

        Oracle.Holds(packet.FrameCount is >= 1 and <= 48, "range of the frame count");
        Oracle.Holds(packet.FrameSamples is >= 120 and <= 2880, "range of the frame length");
        Oracle.Holds(packet.Samples <= OpusPacket.MaxSamples, "a packet longer than 120 ms");
        Oracle.Equal(s_decoder.Decode(input, s_samples), packet.Samples, "samples");
        if (packet.HasFec)
        {
            Oracle.Holds(s_decoder.TryRecoverPrevious(input, s_samples.AsSpan(0, packet.FrameSamples)), "FEC that libopus does not find");
        }
    }
}
