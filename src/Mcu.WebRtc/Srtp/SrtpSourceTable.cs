using System.Diagnostics.CodeAnalysis;

namespace Mcu.WebRtc.Srtp;

/// <summary>The sources of one direction, at most so many.</summary>
internal sealed class SrtpSourceTable(int capacity)
{
    private readonly Dictionary<uint, SrtpSource> _sources = [];
    private long _uses;

    public bool IsFull => _sources.Count == capacity;

    public bool TryFind(uint ssrc, [NotNullWhen(true)] out SrtpSource? source) => _sources.TryGetValue(ssrc, out source);

    /// <summary>Adds a source that is not in the table. In a full one it takes the place of that which was silent longest.</summary>
    public SrtpSource Add(uint ssrc)
    {
        var source = IsFull ? TakeSilentest() : new SrtpSource();
        _sources.Add(ssrc, source);
        return source;
    }

    /// <summary>Notes that a source was heard.</summary>
    public void Touch(SrtpSource source) => source.LastUsed = ++_uses;

    private SrtpSource TakeSilentest()
    {
        var (silentest, source) = (0u, default(SrtpSource));
        foreach (var (ssrc, candidate) in _sources)
        {
            if (source is null || candidate.LastUsed < source.LastUsed)
            {
                (silentest, source) = (ssrc, candidate);
            }
        }

        _sources.Remove(silentest);
        source!.Clear();
        return source;
    }
}
