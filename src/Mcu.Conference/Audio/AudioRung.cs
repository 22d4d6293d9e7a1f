namespace Mcu.Conference.Audio;

/// <summary>One quality that mixes are encoded in; who hears the same mix on the same rung shares its encode.</summary>
/// <param name="Index">Its place among all, from 0.</param>
/// <param name="BitrateBps">Bit/s of Opus without headers.</param>
/// <param name="Ticks">How many ticks of 20 ms a packet has, 1 to 3: a header costs as much bandwidth as slow lines have for speech.</param>
/// <param name="FromBps">What all media to the participant may take together, from which on this is the best for it.</param>
/// <param name="Fec">Carries in-band FEC (RFC 6716 section 2.1.7), for those who lose packets and do not take RED.</param>
internal sealed record AudioRung(int Index, int BitrateBps, int Ticks, int FromBps, bool Fec = false)
{
    /// <summary>Below this each bit counts more than the work that it costs to use it well.</summary>
    private const int FewBitsBps = 10_000;

    /// <summary>From here on Opus is better and cheaper in its CELT mode; below, speech needs SILK (docs/decisions/0008-opus-celt.md).</summary>
    private const int LowDelayFromBps = 32_000;

    /// <summary>IPv4, UDP, RTP with its extensions, and the tag of SRTP.</summary>
    private const int HeaderBytes = 60;

    /// <summary>Header of an earlier frame in RED.</summary>
    private const int RedundantHeaderBytes = 4;

    private const int TicksPerSecond = 50;

    public const int TopIndex = 0;

    public bool IsTop => Index == TopIndex;

    public bool LowDelay => BitrateBps >= LowDelayFromBps && !Fec;

    /// <summary>How hard libopus works, 0 to 10, where nothing else is asked for: in SILK it is heard, and at few bits it costs little.</summary>
    public int SilkComplexity => BitrateBps < FewBitsBps ? 10 : 5;

    /// <summary>Silence is not sent (DTX). Who has room for more gets packets at a steady rate.</summary>
    public bool LeavesSilenceOut => !IsTop && !LowDelay;

    /// <summary>Bit/s on the wire, headers included, where each packet carries so many earlier ones too.</summary>
    public int CostBps(int redundancy) =>
        (BitrateBps * (1 + redundancy)) + ((HeaderBytes + (redundancy * RedundantHeaderBytes)) * 8 * TicksPerSecond / Ticks);
}

/// <summary>All rungs of a conference: those for lines that arrive whole, and those with FEC. The best of each comes first.</summary>
internal sealed class AudioLadder
{
    /// <summary>
    /// The top takes a third of what there is, the others half, and on the slowest lines speech comes first. At 9 kbit/s libopus still codes
    /// 8 kHz of speech; below, it falls to telephone bandwidth, and the change of its inner rate is heard as a click.
    /// </summary>
    private static readonly (int BitrateBps, int Ticks, int FromBps)[] s_plain =
    [
        (64_000, 1, 264_000),
        (40_000, 1, 192_000),
        (24_000, 1, 130_000),
        (24_000, 2, 80_000),
        (16_000, 2, 55_000),
        (12_000, 2, 38_000),
        (9_000, 3, 28_000),
        (6_000, 3, 0),
    ];

    /// <summary>Below 18 kbit/s libopus makes no FEC at all, below 22 kbit/s only for telephone bandwidth.</summary>
    private static readonly (int BitrateBps, int Ticks, int FromBps)[] s_fec =
    [
        (24_000, 1, 130_000),
        (24_000, 2, 80_000),
        (24_000, 3, 45_000),
        (18_000, 3, 28_000),
    ];

    public AudioLadder(int topBitrateBps)
    {
        var top = new AudioRung(AudioRung.TopIndex, topBitrateBps, 1, 0);
        Plain.Add(top with { FromBps = 3 * top.CostBps(0) });
        foreach (var (bitrate, ticks, from) in s_plain.Where(rung => rung.BitrateBps < topBitrateBps))
        {
            Plain.Add(new AudioRung(Count, bitrate, ticks, from));
        }

        foreach (var (bitrate, ticks, from) in s_fec.Where(rung => rung.BitrateBps <= topBitrateBps))
        {
            Fec.Add(new AudioRung(Count, bitrate, ticks, from, Fec: true));
        }
    }

    public List<AudioRung> Plain { get; } = [];

    /// <summary>Empty where mixes have too few bits for FEC anyway.</summary>
    public List<AudioRung> Fec { get; } = [];

    public AudioRung Top => Plain[0];

    public int Count => Plain.Count + Fec.Count;
}
