using Mcu.Media.Codecs;

namespace Mcu.Rtp.Tests.Payloads;

/// <summary>Bytes shaped like encoded frames: what depacketizers look at is right, the rest is noise.</summary>
internal static class Clips
{
    public static byte[] Frame(VideoCodec codec, Random random, int length, bool isKeyframe) =>
        codec switch
        {
            VideoCodec.Vp8 => Vp8(random, length, isKeyframe),
            VideoCodec.Vp9 => Noise(random, length),
            _ => H264(random, length, isKeyframe),
        };

    public static byte[] Noise(Random random, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)random.Next(1, 256); // no start codes and no trailing zeros, which Annex B could not carry
        }

        return bytes;
    }

    private static byte[] Vp8(Random random, int length, bool isKeyframe)
    {
        var bytes = Noise(random, length);
        bytes[0] = (byte)(isKeyframe ? bytes[0] & 0xFE : bytes[0] | 1);
        return bytes;
    }

    private static byte[] H264(Random random, int length, bool isKeyframe)
    {
        byte[] parameterSets = isKeyframe ? [0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 4, 5] : [];
        byte[] slice = [0, 0, 0, 1, (byte)(isKeyframe ? 0x65 : 0x41), 0x88];
        return [.. parameterSets, .. slice, .. Noise(random, length)];
    }
}
