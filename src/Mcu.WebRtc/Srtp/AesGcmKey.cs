using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mcu.Native;
using Microsoft.Win32.SafeHandles;

namespace Mcu.WebRtc.Srtp;

/// <summary>
/// One AES-128-GCM key (mcu_gcm.h). The platform's own class spends most of its time for a packet of sound outside the cipher, and
/// reports a forged packet by an exception. One owner.
/// </summary>
internal sealed class AesGcmKey() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    public const int KeyLength = 16;
    public const int NonceLength = 12;
    public const int TagLength = 16;

    /// <param name="key">16 bytes.</param>
    /// <exception cref="CryptographicException">There is no memory for the key.</exception>
    public static AesGcmKey Create(ReadOnlySpan<byte> key)
    {
        Require(key.Length == KeyLength, nameof(key));
        var created = Create(in MemoryMarshal.GetReference(key));
        return created.IsInvalid ? throw new CryptographicException("There is no memory for an AES-GCM key.") : created;
    }

    /// <summary>Encrypts in place and writes the tag.</summary>
    /// <param name="nonce">12 bytes, never used before with this key.</param>
    /// <param name="associated">Is authenticated and stays in the clear.</param>
    /// <param name="body">What is encrypted.</param>
    /// <param name="tag">Receives 16 bytes.</param>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> body, Span<byte> tag)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        Require(nonce.Length == NonceLength, nameof(nonce));
        Require(tag.Length == TagLength, nameof(tag));
        var result = Seal(
            handle,
            in MemoryMarshal.GetReference(nonce),
            in MemoryMarshal.GetReference(associated),
            associated.Length,
            ref MemoryMarshal.GetReference(body),
            body.Length,
            ref MemoryMarshal.GetReference(tag)
        );
        GC.KeepAlive(this);
        if (result != 0)
        {
            throw new CryptographicException("AES-GCM refused to encrypt.");
        }
    }

    /// <summary>Decrypts in place; false, and the body is zeroed, where it is not authentic.</summary>
    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> body, ReadOnlySpan<byte> tag)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        Require(nonce.Length == NonceLength, nameof(nonce));
        Require(tag.Length == TagLength, nameof(tag));
        var result = Open(
            handle,
            in MemoryMarshal.GetReference(nonce),
            in MemoryMarshal.GetReference(associated),
            associated.Length,
            ref MemoryMarshal.GetReference(body),
            body.Length,
            in MemoryMarshal.GetReference(tag)
        );
        GC.KeepAlive(this);
        return result == 0;
    }

    protected override bool ReleaseHandle()
    {
        Destroy(handle);
        return true;
    }

    private static void Require(bool holds, string name)
    {
        if (!holds)
        {
            throw new ArgumentException("AES-128-GCM has keys and tags of 16 bytes and nonces of 12.", name);
        }
    }

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gcm_create", ExactSpelling = true)]
    private static extern AesGcmKey Create(in byte key);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gcm_destroy", ExactSpelling = true)]
    private static extern void Destroy(nint gcm);

    // A fraction of a microsecond each: telling the garbage collector would cost as much again.
    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gcm_seal", ExactSpelling = true)]
    [SuppressGCTransition]
    private static extern int Seal(
        nint gcm,
        in byte nonce,
        in byte associated,
        int associatedLength,
        ref byte body,
        int length,
        ref byte tag
    );

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gcm_open", ExactSpelling = true)]
    [SuppressGCTransition]
    private static extern int Open(
        nint gcm,
        in byte nonce,
        in byte associated,
        int associatedLength,
        ref byte body,
        int length,
        in byte tag
    );
}
