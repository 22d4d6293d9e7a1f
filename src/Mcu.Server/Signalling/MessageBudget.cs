namespace Mcu.Server.Signalling;

/// <summary>A token bucket: so many messages per second on average, twice as many at once. Pure: the clock comes in.</summary>
internal struct MessageBudget(int perSecond)
{
    private double _left = 2.0 * perSecond;
    private TimeSpan _last;

    /// <summary>Takes one message.</summary>
    /// <param name="now">Time since any fixed start, never going back.</param>
    public bool TryTake(TimeSpan now)
    {
        _left = Math.Min(2.0 * perSecond, _left + ((now - _last).TotalSeconds * perSecond));
        _last = now;
        if (_left < 1)
        {
            return false;
        }

        _left -= 1;
        return true;
    }
}
