using Mcu.Conference.Legs;
using Mcu.Media;

namespace Mcu.Conference.Audio;

/// <summary>
/// Decides on which rung a participant hears, and how many earlier frames each of its packets carries: by what its line carries and loses.
/// Down at once, up after it has gone well for a while.
/// </summary>
internal sealed class AudioReception(AudioLadder ladder)
{
    /// <summary>How often it wants to be told of the network, in ticks.</summary>
    public const int TicksPerLook = 10;

    /// <summary>Who saves data hears as on a line of this.</summary>
    private const double SavingBps = 60_000;

    /// <summary>A better rung must be affordable with so much to spare.</summary>
    private const double Headroom = 1.15;

    /// <summary>Repair never takes more than this of what there is.</summary>
    private const double LargestShare = 0.95;

    /// <summary>Loss is averaged over 4 s.</summary>
    private const double LossWeight = TicksPerLook * 0.02 / 4;

    /// <summary>Repair goes on until the loss would have to be half as much again to need it.</summary>
    private const double RepairMargin = 1.5;

    private static readonly TimeSpan s_climbAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_lossGoneAfter = TimeSpan.FromSeconds(10);

    private double _loss;
    private int _depth; // wanted against the loss, whatever the budget
    private MediaTime _lessLossSince = MediaTime.Never;
    private MediaTime _betterSince = MediaTime.Never;

    public AudioRung Rung { get; private set; } = ladder.Top;

    /// <summary>Earlier frames in each packet, 0 to 3.</summary>
    public int Redundancy { get; private set; }

    /// <summary>Takes a look at the network; to be called every <see cref="TicksPerLook"/> ticks.</summary>
    /// <param name="takesRedundancy">Packets may carry earlier frames (RED).</param>
    /// <param name="savesData">The participant wants to get little.</param>
    public void Update(in LegNetwork network, bool takesRedundancy, bool savesData, MediaTime now)
    {
        _loss += (network.FractionLost - _loss) * LossWeight;
        FollowLoss(now);
        double budget = network.TargetBps ?? double.MaxValue;
        budget = savesData ? Math.Min(budget, SavingBps) : budget;
        var rungs = _depth > 0 && !takesRedundancy && CarriesFec(budget) ? ladder.Fec : ladder.Plain;
        var depth = takesRedundancy ? _depth : 0;
        Follow(rungs, depth, budget, now);
        Redundancy = depth;
        while (Redundancy > 0 && Rung.CostBps(Redundancy) > LargestShare * budget)
        {
            Redundancy--;
        }
    }

    /// <summary>How many copies leave about a hundredth of the sound lost.</summary>
    private static int DepthFor(double loss) =>
        loss switch
        {
            < 0.02 => 0,
            < 0.10 => 1,
            < 0.25 => 2,
            _ => 3,
        };

    private bool CarriesFec(double budget) => ladder.Fec.Count > 0 && budget >= ladder.Fec[^1].FromBps * (Rung.Fec ? 1 : Headroom);

    private void FollowLoss(MediaTime now)
    {
        var kept = DepthFor(_loss * RepairMargin);
        if (kept >= _depth)
        {
            _depth = Math.Max(_depth, DepthFor(_loss));
            _lessLossSince = MediaTime.Never;
            return;
        }

        _lessLossSince = MediaTime.Min(_lessLossSince, now);
        if (now - _lessLossSince >= s_lossGoneAfter)
        {
            _depth = kept;
            _lessLossSince = MediaTime.Never;
        }
    }

    private void Follow(List<AudioRung> rungs, int depth, double budget, MediaTime now)
    {
        var best = Best(rungs, depth, budget);
        if (Rung.Fec != best.Fec || best.FromBps < Rung.FromBps)
        {
            Rung = best;
            _betterSince = MediaTime.Never;
            return;
        }

        var better = Best(rungs, depth, budget / Headroom);
        if (better.FromBps <= Rung.FromBps)
        {
            _betterSince = MediaTime.Never;
            return;
        }

        _betterSince = MediaTime.Min(_betterSince, now);
        if (now - _betterSince >= s_climbAfter)
        {
            Rung = better;
            _betterSince = MediaTime.Never;
        }
    }

    /// <summary>With repair a rung needs as much more as it then takes more.</summary>
    private static AudioRung Best(List<AudioRung> rungs, int depth, double budget)
    {
        foreach (var rung in rungs)
        {
            if (budget >= rung.FromBps * (rung.CostBps(depth) / (double)rung.CostBps(0)))
            {
                return rung;
            }
        }

        return rungs[^1];
    }
}
