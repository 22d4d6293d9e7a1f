using System.Numerics;

namespace Mcu.Codecs.Audio;

/// <summary>The two companding laws of ITU-T G.711 as tables: 256 levels to decode, one code per linear value to encode.</summary>
internal sealed class G711Law
{
    public static readonly G711Law Mu = new(magnitudeBits: 13, DecodeMu, EncodeMu);
    public static readonly G711Law A = new(magnitudeBits: 12, DecodeA, EncodeA);

    private readonly int _scale;
    private readonly float[] _levels = new float[256];
    private readonly byte[] _codes;

    private G711Law(int magnitudeBits, Func<byte, int> decode, Func<bool, int, byte> encode)
    {
        _scale = 1 << magnitudeBits;
        _codes = new byte[2 * _scale];
        for (var code = 0; code < 256; code++)
        {
            _levels[code] = decode((byte)code) / 32768f;
        }

        for (var linear = -_scale; linear < _scale; linear++)
        {
            // Negative values count from -1, so that both signs have equally many.
            _codes[linear + _scale] = encode(linear < 0, linear < 0 ? -linear - 1 : linear);
        }
    }

    public void Decode(ReadOnlySpan<byte> payload, Span<float> samples)
    {
        for (var i = 0; i < payload.Length; i++)
        {
            samples[i] = _levels[payload[i]];
        }
    }

    public void Encode(ReadOnlySpan<float> samples, Span<byte> payload)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            // NaN converts to 0; the rest saturates.
            var linear = (int)MathF.Floor(samples[i] * _scale);
            payload[i] = _codes[Math.Clamp(linear, -_scale, _scale - 1) + _scale];
        }
    }

    /// <summary>Code to 16-bit linear, table 2a: inverted sign, 3-bit segment, 4-bit step; segments lie on a bias of 33 (here times 4).</summary>
    private static int DecodeMu(byte code)
    {
        var bits = ~code;
        var magnitude = ((((bits & 0x0F) << 3) + 132) << ((bits >> 4) & 7)) - 132;
        return (bits & 0x80) != 0 ? -magnitude : magnitude;
    }

    private static byte EncodeMu(bool negative, int magnitude)
    {
        var biased = Math.Min(magnitude + 33, 8191);
        var segment = BitOperations.Log2((uint)biased) - 5;
        var step = (biased >> (segment + 1)) & 0x0F;
        return (byte)~((negative ? 0x80 : 0) | (segment << 4) | step);
    }

    /// <summary>Code to 16-bit linear, table 1a: even bits inverted, the sign bit set for positive values.</summary>
    private static int DecodeA(byte code)
    {
        var bits = code ^ 0x55;
        var segment = (bits >> 4) & 7;
        var magnitude = ((bits & 0x0F) << 4) + 8;
        if (segment > 0)
        {
            magnitude = (magnitude + 0x100) << (segment - 1);
        }

        return (bits & 0x80) != 0 ? magnitude : -magnitude;
    }

    private static byte EncodeA(bool negative, int magnitude)
    {
        var segment = Math.Max(BitOperations.Log2((uint)magnitude | 1) - 4, 0);
        var step = (magnitude >> Math.Max(segment, 1)) & 0x0F;
        return (byte)(((negative ? 0 : 0x80) | (segment << 4) | step) ^ 0x55);
    }
}
