using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Conference.Video;

/// <summary>
/// Once per video tick and participant: what its network carries beside the sound → its rung; what it could use → its leg; what it lost → a keyframe.
/// </summary>
internal sealed class NetworkFollower(ConferenceOptions options, Ladder ladder)
{
    /// <summary>Headers of 50 packets/s.</summary>
    private const long SoundOverheadBps = 50 * 60 * 8;

    /// <summary>G.711 and G.722.</summary>
    private const long WaveformBps = 64_000;

    public Ladder Ladder { get; set; } = ladder;

    /// <summary>True when the participant is on another rung now.</summary>
    public bool Follow(Participant participant, MediaTime now)
    {
        var subscription = participant.Video;
        var demand = SoundOf(participant);
        var changed = false;
        if (participant.Leg.Media.ReceiveVideoCodec is { } codec)
        {
            var network = participant.Leg.Network;
            var budget = BudgetOf(network, demand);
            changed = subscription.Policy.Update(Ladder.For(codec), BestOf(participant.ReceiveLimit), budget, network, now);
            demand += subscription.Policy.DemandBps;
            subscription.Relieve(budget ?? long.MaxValue);
            subscription.ServeLoss(participant.Leg.RoundTripTime, now);
        }

        if (demand != subscription.Demand)
        {
            subscription.Demand = demand;
            participant.Leg.SetDemand(demand);
        }

        return changed;
    }

    /// <summary>Bit/s that are left for pictures, without what protects them; null where no limit is known.</summary>
    private static long? BudgetOf(in LegNetwork network, long sound) =>
        network.TargetBps is { } target ? (long)((target - Math.Min(SoundAt(target), sound)) / (1 + network.VideoProtection)) : null;

    /// <summary>Sound comes first, and takes less where the line is thin: longer packets of fewer bits.</summary>
    private static long SoundAt(long targetBps) =>
        targetBps switch
        {
            >= 130_000 => targetBps / 3,
            >= 80_000 => 36_000,
            >= 55_000 => 28_000,
            >= 38_000 => 24_000,
            _ => 16_000,
        };

    /// <summary>Id of the best rung that is wanted.</summary>
    private int BestOf(ReceiveLimit limit) =>
        limit switch
        {
            ReceiveLimit.Full => 0,
            ReceiveLimit.SaveData => Ladder.SaveData,
            _ => int.MaxValue,
        };

    /// <summary>Bit/s on the line that the mix takes at most.</summary>
    private long SoundOf(Participant participant) =>
        participant.Leg.Media.ReceiveAudioCodec switch
        {
            null => 0,
            AudioCodec.Opus => options.AudioBitrateBps + SoundOverheadBps,
            _ => WaveformBps + SoundOverheadBps,
        };
}
