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
        var demand = MostSoundOf(participant);
        var changed = false;
        if (participant.Leg.Media.ReceiveVideoCodec is { } codec)
        {
            var network = participant.Leg.Network;
            var budget = BudgetOf(network, participant);
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
    private long? BudgetOf(in LegNetwork network, Participant participant) =>
        network.TargetBps is { } target ? (long)((target - SoundAt(target, participant)) / (1 + network.VideoProtection)) : null;

    /// <summary>Bit/s on the line that the mix takes of so much: sound comes first.</summary>
    private long SoundAt(long targetBps, Participant participant) =>
        participant.Leg.Media.ReceiveAudioCodec == AudioCodec.Opus ? participant.Reception.CostAt(targetBps) : MostSoundOf(participant);

    /// <summary>Id of the best rung that is wanted.</summary>
    private int BestOf(ReceiveLimit limit) =>
        limit switch
        {
            ReceiveLimit.Full => 0,
            ReceiveLimit.SaveData => Ladder.SaveData,
            _ => int.MaxValue,
        };

    /// <summary>Bit/s on the line that the mix takes at most.</summary>
    private long MostSoundOf(Participant participant) =>
        participant.Leg.Media.ReceiveAudioCodec switch
        {
            null => 0,
            AudioCodec.Opus => options.AudioBitrateBps + SoundOverheadBps,
            _ => WaveformBps + SoundOverheadBps,
        };
}
