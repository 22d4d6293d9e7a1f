using Mcu.Media;
using Mcu.Media.Network;

namespace Mcu.WebRtc.Ice;

/// <summary>One path on which the peer authenticated itself.</summary>
internal struct IcePath
{
    public NetworkPath Path;

    /// <summary>The newest ICE generation whose password was used on it.</summary>
    public int Generation;

    /// <summary>The last check or packet of media.</summary>
    public MediaTime LastHeard;

    /// <summary>Whether the last check carried USE-CANDIDATE.</summary>
    public bool IsNominated;

    public bool InUse;
}

/// <summary>The valid paths of a lite agent, a small bounded table: a new path takes the place of the one silent longest.</summary>
internal sealed class IcePathTable
{
    public const int None = -1;
    public const int Capacity = 16;

    private readonly IcePath[] _slots = new IcePath[Capacity];

    public ref IcePath this[int slot] => ref _slots[slot];

    public int Find(in NetworkPath path)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].InUse && _slots[i].Path == path)
            {
                return i;
            }
        }

        return None;
    }

    /// <summary>Notes an authenticated check; returns the path's slot, which is never <paramref name="keep"/> unless it is that path.</summary>
    public int Touch(in NetworkPath path, int generation, MediaTime now, int keep)
    {
        var slot = Find(path);
        if (slot == None)
        {
            slot = FreeOrSilentest(keep);
            _slots[slot] = new IcePath { Path = path, InUse = true };
        }

        ref var entry = ref _slots[slot];
        if (entry.Generation < generation)
        {
            entry.Generation = generation;
            entry.IsNominated = false;
        }

        entry.LastHeard = now;
        return slot;
    }

    public void RemoveSilent(MediaTime since, int keep)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            if (i != keep && _slots[i].InUse && _slots[i].LastHeard <= since)
            {
                _slots[i] = default;
            }
        }
    }

    private int FreeOrSilentest(int keep)
    {
        var best = None;
        for (var i = 0; i < _slots.Length; i++)
        {
            if (!_slots[i].InUse)
            {
                return i;
            }

            if (i != keep && (best == None || _slots[i].LastHeard < _slots[best].LastHeard))
            {
                best = i;
            }
        }

        return best;
    }
}
