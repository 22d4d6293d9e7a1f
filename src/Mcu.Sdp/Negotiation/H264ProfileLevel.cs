using System.Globalization;

namespace Mcu.Sdp.Negotiation;

public enum H264Profile
{
    ConstrainedBaseline,
    Baseline,
    Main,
    ConstrainedHigh,
    High,
    Other,
}

/// <summary>The three bytes of <c>profile-level-id</c> (RFC 6184 section 8.1).</summary>
public readonly record struct H264ProfileLevel(byte ProfileIdc, byte ProfileIop, byte LevelIdc)
{
    /// <summary>What a missing parameter means: baseline profile, level 1.</summary>
    public static readonly H264ProfileLevel Implied = new(0x42, 0x00, 10);

    /// <summary>The profile, after table 5 of RFC 6184.</summary>
    public H264Profile Profile =>
        ProfileIdc switch
        {
            0x42 when (ProfileIop & 0x40) != 0 => H264Profile.ConstrainedBaseline,
            0x4D when (ProfileIop & 0x80) != 0 => H264Profile.ConstrainedBaseline,
            0x58 when (ProfileIop & 0xC0) == 0xC0 => H264Profile.ConstrainedBaseline,
            0x42 => H264Profile.Baseline,
            0x58 when (ProfileIop & 0x80) != 0 => H264Profile.Baseline,
            0x4D => H264Profile.Main,
            0x64 when (ProfileIop & 0x0C) == 0x0C => H264Profile.ConstrainedHigh,
            0x64 => H264Profile.High,
            _ => H264Profile.Other,
        };

    /// <summary>Most macroblocks in a picture at this level (H.264 table A-1), the larger of a pair where levels share a number.</summary>
    public int MaxFrameMacroblocks =>
        LevelIdc switch
        {
            < 11 => 99,
            < 21 => 396,
            21 => 792,
            < 31 => 1620,
            31 => 3600,
            32 => 5120,
            < 42 => 8192,
            42 => 8704,
            50 => 22080,
            _ => 36864,
        };

    public static bool TryParse(ReadOnlySpan<char> text, out H264ProfileLevel profile)
    {
        profile = default;
        if (text.Length != 6 || !uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
        {
            return false;
        }

        profile = new H264ProfileLevel((byte)(bits >> 16), (byte)(bits >> 8), (byte)bits);
        return true;
    }

    public override string ToString() => $"{ProfileIdc:x2}{ProfileIop:x2}{LevelIdc:x2}";
}
