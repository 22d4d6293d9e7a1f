using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.WebRtc.Stun;

namespace Mcu.Transport;

/// <summary>Bounds of a <see cref="SessionRouter"/>.</summary>
public sealed record SessionRouterOptions
{
    /// <summary>Most paths at a time, over all sessions.</summary>
    public int MaxPaths { get; init; } = 65536;

    /// <summary>Most paths of one ufrag: a client with a few interfaces, over UDP and TCP.</summary>
    public int MaxPathsPerUfrag { get; init; } = 32;

    /// <summary>Most new paths in a second, over all sessions.</summary>
    public int MaxNewPathsPerSecond { get; init; } = 2000;

    /// <summary>A path that was silent for so long is forgotten; consent checks come every 5 s (RFC 7675).</summary>
    public TimeSpan PathLifetime { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>A path that was used within this time cannot be taken over by another session.</summary>
    public TimeSpan PathGrip { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The router's counters at one moment.</summary>
/// <param name="Paths">Paths known now.</param>
/// <param name="Routed">Datagrams given to sessions.</param>
/// <param name="UnknownUfrag">Binding requests for no session here, dropped.</param>
/// <param name="UnknownPath">Other datagrams from an address no session has, dropped.</param>
/// <param name="RefusedPaths">New paths not taken because of a bound, or because another session holds the path.</param>
public readonly record struct SessionRouterStatistics(int Paths, long Routed, long UnknownUfrag, long UnknownPath, long RefusedPaths);

/// <summary>
/// Shares one port among all sessions: a binding request names its session by the local ufrag, and whatever else comes the same path
/// follows it. Unknown senders get no answer. All members may be called from any thread; routing allocates nothing but for a new path.
/// </summary>
public sealed class SessionRouter(SessionRouterOptions? options = null) : IDatagramRouter
{
    private readonly SessionRouterOptions _options = options ?? new SessionRouterOptions();
    private readonly ConcurrentDictionary<UfragKey, Session> _sessions = new();
    private readonly ConcurrentDictionary<NetworkPath, Known> _paths = new();
    private readonly Lock _newPaths = new();
    private int _pathCount;
    private double _newPathCredit = (options ?? new SessionRouterOptions()).MaxNewPathsPerSecond;
    private MediaTime _creditAt;
    private MediaTime _sweptAt;
    private long _routed;
    private long _unknownUfrag;
    private long _unknownPath;
    private long _refusedPaths;

    public SessionRouterStatistics Statistics =>
        new(
            Volatile.Read(ref _pathCount),
            Volatile.Read(ref _routed),
            Volatile.Read(ref _unknownUfrag),
            Volatile.Read(ref _unknownPath),
            Volatile.Read(ref _refusedPaths)
        );

    /// <summary>From now on binding requests for this local ufrag, and their paths, belong to the inbox. An ICE restart registers a second ufrag.</summary>
    /// <exception cref="ArgumentException">The ufrag is not 1 to 32 ASCII characters.</exception>
    /// <exception cref="InvalidOperationException">Another session has it.</exception>
    public void Register(string ufrag, IDatagramInbox inbox)
    {
        ArgumentNullException.ThrowIfNull(inbox);
        if (!_sessions.TryAdd(UfragKey.Of(ufrag), new Session(inbox)))
        {
            throw new InvalidOperationException("Two sessions have the same ufrag; make them from at least 24 random bits.");
        }
    }

    /// <summary>Ends what <see cref="Register"/> began and forgets the paths, but for those that another ufrag of the same inbox has taken over.</summary>
    public void Unregister(string ufrag)
    {
        if (!_sessions.TryRemove(UfragKey.Of(ufrag), out var session))
        {
            return;
        }

        lock (_newPaths)
        {
            session.Ended = true;
            foreach (var (path, known) in _paths)
            {
                if (known.Session == session)
                {
                    Forget(path, known);
                }
            }
        }
    }

    public void Route(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        if (StunMessage.TryReadLocalUfrag(datagram, out var ufrag))
        {
            RouteRequest(datagram, ufrag, path, arrival);
        }
        else if (_paths.TryGetValue(path, out var known))
        {
            known.LastHeard = arrival;
            Interlocked.Increment(ref _routed);
            known.Session.Inbox.Enqueue(datagram, path, arrival);
        }
        else
        {
            Interlocked.Increment(ref _unknownPath);
        }
    }

    private void RouteRequest(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> ufrag, in NetworkPath path, MediaTime arrival)
    {
        if (!UfragKey.TryCreate(ufrag, out var key) || !_sessions.TryGetValue(key, out var session))
        {
            Interlocked.Increment(ref _unknownUfrag);
            return;
        }

        if (_paths.TryGetValue(path, out var known) && known.Session == session)
        {
            known.LastHeard = arrival;
        }
        else
        {
            Learn(path, session, arrival);
        }

        Interlocked.Increment(ref _routed);
        session.Inbox.Enqueue(datagram, path, arrival);
    }

    /// <summary>Ties a path to a session, within the bounds. The request itself is routed in any case: it carries its session's name.</summary>
    private void Learn(in NetworkPath path, Session session, MediaTime now)
    {
        lock (_newPaths)
        {
            Sweep(now);
            if (session.Ended || !TryMakeRoom(path, session, now))
            {
                Interlocked.Increment(ref _refusedPaths);
                return;
            }

            _paths[path] = new Known(session) { LastHeard = now };
            session.PathCount++;
            _pathCount++;
        }
    }

    private bool TryMakeRoom(in NetworkPath path, Session session, MediaTime now)
    {
        if (_paths.TryGetValue(path, out var holder))
        {
            // Otherwise whoever may join a room could cut off another participant with one spoofed request.
            if (holder.Session.Inbox != session.Inbox && now - holder.LastHeard < _options.PathGrip)
            {
                return false;
            }

            Forget(path, holder);
        }

        _newPathCredit = Math.Min(
            _options.MaxNewPathsPerSecond,
            _newPathCredit + ((now - _creditAt).TotalSeconds * _options.MaxNewPathsPerSecond)
        );
        _creditAt = now;
        if (_newPathCredit < 1 || _pathCount >= _options.MaxPaths || session.PathCount >= _options.MaxPathsPerUfrag)
        {
            return false;
        }

        _newPathCredit--;
        return true;
    }

    private void Sweep(MediaTime now)
    {
        if (_pathCount == 0 || now - _sweptAt < _options.PathLifetime / 4)
        {
            return;
        }

        _sweptAt = now;
        foreach (var (path, known) in _paths)
        {
            if (now - known.LastHeard > _options.PathLifetime)
            {
                Forget(path, known);
            }
        }
    }

    private void Forget(in NetworkPath path, Known known)
    {
        if (_paths.TryRemove(path, out _))
        {
            known.Session.PathCount--;
            _pathCount--;
        }
    }

    private sealed class Session(IDatagramInbox inbox)
    {
        public IDatagramInbox Inbox { get; } = inbox;

        public int PathCount { get; set; }

        public bool Ended { get; set; }
    }

    private sealed class Known(Session session)
    {
        private long _lastHeard;

        public Session Session { get; } = session;

        public MediaTime LastHeard
        {
            get => new(Volatile.Read(ref _lastHeard));
            set => Volatile.Write(ref _lastHeard, value.Ticks);
        }
    }
}
