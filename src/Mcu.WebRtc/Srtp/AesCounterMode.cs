using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Mcu.WebRtc.Srtp;

/// <summary>
/// AES-128 in counter mode (RFC 3711 section 4.1.1) on the platform's AES. Encrypting and decrypting are the same. One owner.
/// </summary>
internal sealed class AesCounterMode : IDisposable
{
    public const int BlockLength = 16;

    /// <summary>Where the block counter begins in the initial counter block: its last 16 bits.</summary>
    private const int CounterOffset = 14;

    // One call into the platform per this many blocks: AES units work on several at a time.
    private const int BatchBlocks = 32;

    private readonly ICryptoTransform _aes;
    private readonly byte[] _counters = new byte[BatchBlocks * BlockLength];
    private readonly byte[] _keystream = new byte[BatchBlocks * BlockLength];

    /// <param name="key">16 bytes.</param>
    public AesCounterMode(ReadOnlySpan<byte> key)
    {
        using var aes = Aes.Create();
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        aes.SetKey(key);
        _aes = aes.CreateEncryptor();
    }

    /// <summary>XORs the keystream onto the data, at most 2^16 blocks of it.</summary>
    /// <param name="iv">The initial counter block, 16 bytes, of which the last two are zero.</param>
    /// <param name="data">Changed in place.</param>
    public void Apply(ReadOnlySpan<byte> iv, Span<byte> data)
    {
        for (var block = 0; !data.IsEmpty; block += BatchBlocks)
        {
            var count = Math.Min(BatchBlocks, (data.Length + BlockLength - 1) / BlockLength);
            var counters = _counters.AsSpan();
            for (var i = 0; i < count; i++, counters = counters[BlockLength..])
            {
                iv.CopyTo(counters);
                BinaryPrimitives.WriteUInt16BigEndian(counters[CounterOffset..], (ushort)(block + i));
            }

            _aes.TransformBlock(_counters, 0, count * BlockLength, _keystream, 0);
            var length = Math.Min(data.Length, count * BlockLength);
            Xor(data[..length], _keystream.AsSpan(0, length));
            data = data[length..];
        }
    }

    public void Dispose()
    {
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(_counters);
        CryptographicOperations.ZeroMemory(_keystream);
    }

    private static void Xor(Span<byte> data, ReadOnlySpan<byte> keystream)
    {
        var wide = MemoryMarshal.Cast<byte, Vector<byte>>(data);
        var wideKeystream = MemoryMarshal.Cast<byte, Vector<byte>>(keystream);
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] ^= wideKeystream[i];
        }

        for (var i = wide.Length * Vector<byte>.Count; i < data.Length; i++)
        {
            data[i] ^= keystream[i];
        }
    }
}
