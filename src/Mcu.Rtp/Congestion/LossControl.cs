using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>What <see cref="LossControl"/> makes of the latest packets.</summary>
internal enum LossVerdict : byte
{
    /// <summary>Nothing new.</summary>
    None,

    /// <summary>More is lost than the path is known to lose anyway: go down to <see cref="LossControl.TrialShare"/> and see.</summary>
    Try,

    /// <summary>Just as much was lost at the lower rate: the path is like that, go back to the rate before.</summary>
    Inherent,

    /// <summary>The rate is the reason: go down to what arrives.</summary>
    Congested,
}

/// <summary>
/// Tells loss that the rate causes from loss that the path has at any rate. Up to 10 % more than the usual is left to the delay
/// (draft-ietf-rmcat-gcc-02 section 6 lowers the rate above 10 % and holds it above 2 %, whatever the reason); above that the rate goes
/// down a little for a moment. If the loss goes with it, the path drops what is too much: the rate follows, and for half a minute 2 % are
/// enough to lower it again. If it does not, it is inherent loss, and the rate comes back.
/// </summary>
internal sealed class LossControl
{
    /// <summary>Share of the rate that a trial goes down to.</summary>
    public const double TrialShare = 0.75;

    private const double UnknownMargin = 0.10;
    private const double CongestedMargin = 0.02;
    private const double LeastUsual = 0.05;
    private const double Chances = 1.5;
    private const double StillThere = 0.75;
    private const double Lowered = 0.93;
    private const double Faster = 1.15;
    private const double FasterMargin = 0.05;
    private const double MostExcused = 0.4;
    private const double Unlowered = 0.9;
    private const int FewestPackets = 40;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_remembered = TimeSpan.FromSeconds(30);

    private MediaTime _windowStart;
    private MediaTime _congestedUntil;
    private int _total;
    private int _lost;
    private int _suspicions;
    private double _learntAtBps;
    private double _lossAtVerdict;
    private double _rateAtVerdictBps;
    private double _trialLoss;
    private double _trialRateBps;

    /// <summary>Share of packets that the path loses at any rate, 0 to 1.</summary>
    public double Inherent { get; private set; }

    /// <summary>The same, but none of it while the rate is known to cause loss.</summary>
    public double ExcusedAt(MediaTime now) => now < _congestedUntil ? 0 : Inherent;

    /// <summary>The rate is lowered to see whether the loss goes.</summary>
    public bool IsTrying { get; private set; }

    /// <summary>The rate before the trial.</summary>
    public double RateBeforeBps { get; private set; }

    /// <summary>Counts a packet that was sent at that time.</summary>
    public void Count(MediaTime sentAt, bool lost)
    {
        if (sentAt >= _windowStart)
        {
            _total++;
            _lost += lost ? 1 : 0;
        }
    }

    /// <summary>A packet counted as lost came after all.</summary>
    public void Uncount() => _lost = Math.Max(0, _lost - 1);

    /// <summary>Counts only what is sent from now on: what was lost before has another reason, such as a full queue that the delay shows.</summary>
    public void Restart(MediaTime now)
    {
        _windowStart = now;
        _total = 0;
        _lost = 0;
    }

    /// <summary>The rate was lowered for another reason.</summary>
    public void Abandon(MediaTime now)
    {
        IsTrying = false;
        Restart(now);
    }

    /// <summary>Judges what was counted, once it is enough.</summary>
    /// <param name="targetBps">The rate allowed now.</param>
    /// <param name="sentBps">The rate at which packets went out lately.</param>
    /// <param name="isApplicationLimited">Much less goes out than might: that little is not too much, so the loss has another reason.</param>
    /// <param name="responseTime">How long a change of the rate takes to be seen.</param>
    /// <param name="now">The time.</param>
    public LossVerdict Judge(double targetBps, double sentBps, bool isApplicationLimited, TimeSpan responseTime, MediaTime now)
    {
        var age = now - _windowStart - responseTime;
        if (_total == 0 || age < s_shortest || (_total < FewestPackets && age < s_longest))
        {
            return LossVerdict.None;
        }

        var loss = _lost / (double)_total;
        var packets = _total;
        Restart(now - responseTime);
        return IsTrying ? Conclude(loss, sentBps, now)
            : isApplicationLimited && loss < MostExcused ? Learn(loss, sentBps)
            : Suspect(loss, packets, targetBps, sentBps, now);
    }

    private LossVerdict Suspect(double loss, int packets, double targetBps, double sentBps, MediaTime now)
    {
        var usual = Math.Max(Inherent, LeastUsual);
        var chance = Chances * Math.Sqrt(usual * (1 - usual) / packets);
        var isKnownCongested = now < _congestedUntil;
        var margin =
            isKnownCongested ? CongestedMargin
            : sentBps > Faster * _learntAtBps ? FasterMargin
            : UnknownMargin;
        if (loss <= Inherent + chance + margin)
        {
            _suspicions = 0;
            return isKnownCongested && loss > Inherent ? LossVerdict.None : Learn(loss, sentBps);
        }

        if (isKnownCongested)
        {
            RateBeforeBps = targetBps;
            var stays = sentBps < Lowered * _rateAtVerdictBps && loss > StillThere * _lossAtVerdict;
            return stays ? Inherited(loss, sentBps) : Congested(loss, sentBps, now);
        }

        // What stands out once may be chance, and what was picked for standing out is no measure: once more.
        return ++_suspicions < 2 ? LossVerdict.None : Try(loss, targetBps, sentBps, now);
    }

    /// <summary>
    /// Less than believed is believed sooner than more, and more is not while more is sent than when it was learnt: then it may come of that.
    /// </summary>
    private LossVerdict Learn(double loss, double sentBps)
    {
        if (loss <= Inherent)
        {
            _learntAtBps = Math.Max(_learntAtBps, sentBps);
            Inherent += 0.3 * (loss - Inherent);
        }
        else if (_learntAtBps == 0 || sentBps <= Faster * _learntAtBps)
        {
            _learntAtBps = _learntAtBps == 0 ? sentBps : _learntAtBps;
            Inherent += 0.15 * (loss - Inherent);
        }

        return LossVerdict.None;
    }

    private LossVerdict Try(double loss, double targetBps, double sentBps, MediaTime now)
    {
        _suspicions = 0;
        IsTrying = true;
        RateBeforeBps = targetBps;
        _trialLoss = loss;
        _trialRateBps = Math.Max(sentBps, 1);
        Restart(now);
        return LossVerdict.Try;
    }

    private LossVerdict Conclude(double loss, double sentBps, MediaTime now)
    {
        IsTrying = false;

        // If the path carried no more than what arrived before, this much of the lower rate is lost. What could not go down is no trial.
        var ifCongested = Math.Max(Inherent, 1 - ((1 - _trialLoss) * _trialRateBps / Math.Max(sentBps, 1)));
        if (sentBps > Unlowered * _trialRateBps || loss >= (_trialLoss + ifCongested) / 2)
        {
            return Inherited((loss + _trialLoss) / 2, _trialRateBps);
        }

        Inherent = Math.Min(Inherent, loss);
        return Congested(_trialLoss, _trialRateBps, now);
    }

    private LossVerdict Inherited(double loss, double sentBps)
    {
        Inherent = loss;
        _learntAtBps = sentBps;
        _congestedUntil = MediaTime.Zero;
        return LossVerdict.Inherent;
    }

    private LossVerdict Congested(double loss, double sentBps, MediaTime now)
    {
        _lossAtVerdict = loss;
        _rateAtVerdictBps = sentBps;
        _congestedUntil = now + s_remembered;
        Restart(now);
        return LossVerdict.Congested;
    }
}
