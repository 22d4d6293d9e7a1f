using System.Security.Cryptography;

namespace Mcu.WebRtc.Srtp;

/// <summary>Session keys from a master key and salt by AES-CM with a key derivation rate of 0 (RFC 3711 section 4.3, RFC 7714 section 11).</summary>
internal sealed class SrtpKeyDerivation : IDisposable
{
    private const int LabelOffset = 7;

    private readonly AesCounterMode _pseudoRandom;

    // The master salt followed by zeros to a counter block; the two bytes that AES-GCM's shorter salt lacks are zero as well.
    private readonly byte[] _salt = new byte[AesCounterMode.BlockLength];

    /// <param name="masterKey">16 bytes.</param>
    /// <param name="masterSalt">12 or 14 bytes.</param>
    public SrtpKeyDerivation(ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt)
    {
        _pseudoRandom = new AesCounterMode(masterKey);
        masterSalt.CopyTo(_salt);
    }

    /// <summary>Fills the key with as many bytes as it is long.</summary>
    public void Derive(SrtpKeyLabel label, Span<byte> key)
    {
        Span<byte> iv = stackalloc byte[AesCounterMode.BlockLength];
        _salt.CopyTo(iv);
        iv[LabelOffset] ^= (byte)label;
        key.Clear();
        _pseudoRandom.Apply(iv, key);
        CryptographicOperations.ZeroMemory(iv);
    }

    public void Dispose()
    {
        _pseudoRandom.Dispose();
        CryptographicOperations.ZeroMemory(_salt);
    }
}

/// <summary>What a session key is for (RFC 3711 section 4.3.1 and 4.3.2).</summary>
internal enum SrtpKeyLabel
{
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}
