using System.Diagnostics.CodeAnalysis;

namespace Mcu.WebRtc.Srtp;

/// <summary>The sources of one direction, at most so many.</summary>
internal sealed class SrtpSourceTable(int capacity)
{
    private readonly Dictionary<uint, SrtpSource> _sources = [];
    private SrtpSource? _lastFound;
    private long _uses;

    public bool IsFull => _sources.Count == capacity;

    public bool TryFind(uint ssrc, [NotNullWhen(true)] out SrtpSource? source)
    {
        source = _lastFound;
        if (source is not null && source.Ssrc == ssrc)
        {
            return true;
        }

        if (!_sources.TryGetValue(ssrc, out source))
        {
            return false;
        }

        _lastFound = source;
        return true;
    }

    /// <summary>Adds a source that is not in the table. In a full one it takes the place of that which was silent longest.</summary>
    public SrtpSource Add(uint ssrc)
    {
        var source = IsFull ? TakeSilentest(ssrc) : new SrtpSource(ssrc);
        _sources.Add(ssrc, source);
        return source;
    }

    /// <summary>Notes that a source was heard.</summary>
    public void Touch(SrtpSource source) => source.LastUsed = ++_uses;

    private SrtpSource TakeSilentest(uint forSsrc)
    {
        SrtpSource? silentest = null;
        foreach (var candidate in _sources.Values)
        {
            if (silentest is null || candidate.LastUsed < silentest.LastUsed)
            {
                silentest = candidate;
            }
        }

        _sources.Remove(silentest!.Ssrc);
        _lastFound = null;
        silentest.Restart(forSsrc);
        return silentest;
    }
}
