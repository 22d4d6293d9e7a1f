namespace Mcu.Load.Scenarios;

/// <summary>
/// Looks for the largest number that is still good: grows by a factor until one is not (or shrinks until one is), then halves what lies
/// between, until that is within a tenth. Pure: the caller tries <see cref="Next"/> and tells how it went.
/// </summary>
internal sealed class RampSearch(int first, int limit, int step = 1, double factor = 2)
{
    private const double Precision = 0.1;

    private int? _bad;

    /// <summary>The number to try; null when the search is over.</summary>
    public int? Next { get; private set; } = Math.Min(first, limit);

    /// <summary>The largest one that was good; 0 before there is one.</summary>
    public int Largest { get; private set; }

    /// <summary>Takes the outcome of <see cref="Next"/>.</summary>
    public void Report(bool isGood)
    {
        var tried = Next ?? throw new InvalidOperationException("The search is over.");
        if (isGood)
        {
            Largest = Math.Max(Largest, tried);
        }
        else
        {
            _bad = Math.Min(_bad ?? tried, tried);
        }

        Next = Choose();
    }

    private int? Choose()
    {
        if (_bad is not { } bad)
        {
            return Largest >= limit ? null : Math.Min(Grown(), limit);
        }

        if (Largest == 0)
        {
            var smaller = Whole((int)(bad / factor));
            return smaller >= step ? smaller : null;
        }

        var middle = Whole((Largest + bad) / 2);
        return bad - Largest <= Math.Max(Largest * Precision, step) || middle <= Largest ? null : middle;
    }

    private int Grown() => Math.Max(Whole((int)(Largest * factor)), Largest + step);

    private int Whole(int number) => number / step * step;
}
