namespace Mcu.WebRtc.Srtp;

/// <summary>SRTP protection profiles by their IANA numbers (RFC 5764 section 4.1.2, RFC 7714 section 14.2).</summary>
public enum SrtpProfile
{
    None = 0,
    Aes128CmHmacSha1Length80 = 0x0001,
    AeadAes128Gcm = 0x0007,
}

internal static class SrtpProfiles
{
    public const int KeyLength = 16;

    /// <summary>Bytes of master salt: 14 for AES-CM (RFC 3711 section 8.2), 12 for AES-GCM (RFC 7714 section 12).</summary>
    public static int SaltLength(SrtpProfile profile) => profile == SrtpProfile.AeadAes128Gcm ? 12 : 14;

    /// <summary>Bytes of keying material for both directions (RFC 5764 section 4.2).</summary>
    public static int MaterialLength(SrtpProfile profile) => 2 * (KeyLength + SaltLength(profile));
}
