using System.Diagnostics.Metrics;

namespace Mcu.Conference;

/// <summary>Whether conferences keep up, over all of the process: the meter "Mcu.Conference".</summary>
internal static class ConferenceMetrics
{
    private static readonly Meter s_meter = new("Mcu.Conference");

    public static readonly Counter<long> AudioTicks = s_meter.CreateCounter<long>(
        "mcu.audio.ticks",
        "{tick}",
        "Mixes of 20 ms, over all rooms"
    );

    public static readonly Counter<long> ForwardedAudioTicks = s_meter.CreateCounter<long>(
        "mcu.audio.ticks.forwarded",
        "{tick}",
        "Mixes that were the packet of the one who was audible, handed on as it came"
    );

    public static readonly Counter<long> LateAudioTicks = s_meter.CreateCounter<long>(
        "mcu.audio.ticks.late",
        "{tick}",
        "Mixes that began more than 10 ms late"
    );

    public static readonly Counter<long> MissedAudioTicks = s_meter.CreateCounter<long>(
        "mcu.audio.ticks.missed",
        "{tick}",
        "Mixes that came so late that they were skipped"
    );
}
