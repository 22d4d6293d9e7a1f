namespace Mcu.Server.Demo;

/// <summary>Who of a group speaks when: one at a time for some seconds, with a short pause, now and then two at once. Deterministic from its seed.</summary>
internal sealed class TurnTaking(int speakers, int seed)
{
    private readonly Random _random = new(seed);
    private int _speaker = -1;
    private int _interjecting = -1;
    private double _turnEnds;
    private double _interjectionEnds;

    public bool Speaks(int index) => index == _speaker || index == _interjecting;

    /// <param name="seconds">Time since the start; only grows.</param>
    public void Advance(double seconds)
    {
        if (seconds >= _interjectionEnds)
        {
            _interjecting = -1;
        }

        if (seconds < _turnEnds)
        {
            return;
        }

        if (_speaker >= 0)
        {
            // A breath between two turns.
            _speaker = -1;
            _turnEnds = seconds + 0.4;
            return;
        }

        _speaker = _random.Next(speakers);
        _turnEnds = seconds + 4 + (5 * _random.NextDouble());
        if (_random.NextDouble() < 0.3)
        {
            _interjecting = _random.Next(speakers);
            _interjectionEnds = seconds + 1;
        }
    }
}
