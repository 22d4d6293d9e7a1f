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

    /// <summary>Sound with one earlier frame in each packet never takes more than this of what there is.</summary>
    private const double LargestShare = 0.95;

    /// <summary>The same with more of them: who has that little room would rather see something.</summary>
    private const double LargestShareOfMany = 0.6;

    /// <summary>Loss is averaged over 4 s.</summary>
    private const double LossWeight = TicksPerLook * 0.02 / 4;

    /// <summary>Repair goes on until the loss would have to be half as much again to need it.</summary>
    private const double RepairMargin = 1.5;

    private static readonly TimeSpan s_climbAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_lossGoneAfter = TimeSpan.FromSeconds(10);

    private double _loss;
    private bool _takesRedundancy;
    private bool _savesData;
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
        _takesRedundancy = takesRedundancy;
        _savesData = savesData;
        var budget = BudgetAt(network.TargetBps ?? double.MaxValue);
        Follow(RungsAt(budget), Depth, budget, now);
        Redundancy = RedundancyOf(Rung, budget);
    }

    /// <summary>Bit/s on the line that the mix takes, with its repair, when all media may take so much: at once, whatever it takes now.</summary>
    public int CostAt(double targetBps)
    {
        var budget = BudgetAt(targetBps);
        var rung = Best(RungsAt(budget), Depth, budget);
        return rung.CostBps(RedundancyOf(rung, budget));
    }

    private int Depth => _takesRedundancy ? _depth : 0;

    private double BudgetAt(double targetBps) => _savesData ? Math.Min(targetBps, SavingBps) : targetBps;

    private List<AudioRung> RungsAt(double budget) => _depth > 0 && !_takesRedundancy && CarriesFec(budget) ? ladder.Fec : ladder.Plain;

    private int RedundancyOf(AudioRung rung, double budget)
    {
        var copies = Depth;
        while (copies > 0 && rung.CostBps(copies) > (copies > 1 ? LargestShareOfMany : LargestShare) * budget)
        {
            copies--;
        }

        return copies;
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
