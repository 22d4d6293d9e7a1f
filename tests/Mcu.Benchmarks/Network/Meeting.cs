using Mcu.Conference;
using Mcu.Media;
using Mcu.Media.Network;

namespace Mcu.Benchmarks.Network;

/// <summary>Something that happens to a guest's line.</summary>
/// <param name="At">Since the beginning.</param>
internal sealed record LineEvent(TimeSpan At, Action<Guest, MediaTime> Happens);

/// <summary>A meeting: who is in it, and what happens to the line of the last of them.</summary>
internal sealed record MeetingPlan(IReadOnlyList<GuestPlan> Guests, IReadOnlyList<LineEvent> Events, TimeSpan Length)
{
    public ConferenceOptions Options { get; init; } = new();

    /// <summary>Told every minute what the conference is doing.</summary>
    public Action<ConferenceSnapshot>? Observe { get; init; }

    /// <summary>Told four times a second how the last guest fares.</summary>
    public Action<string>? Trace { get; init; }
}

/// <summary>
/// A whole meeting in virtual time: <c>guests ⇄ lines ⇄ the server's room</c>, from event to event, on one thread. The same seed runs the
/// same way but for the handshake's keys.
/// </summary>
internal sealed class Meeting : IDisposable
{
    /// <summary>Guests come one after the other.</summary>
    private static readonly TimeSpan s_arrival = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_observed = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_traced = TimeSpan.FromMilliseconds(250);

    private readonly MeetingPlan _plan;
    private readonly int _seed;
    private readonly Studio _studio;
    private readonly EncodedPictures _encoded = new();
    private readonly VirtualServer _server;
    private readonly List<Guest> _guests = [];
    private readonly Dictionary<NetworkPath, Guest> _byPath = [];
    private readonly Queue<LineEvent> _events;
    private MediaTime _nextObserved = Start + s_observed;
    private MediaTime _nextTraced = Start + s_traced;

    private Meeting(MeetingPlan plan, int seed, Studio studio)
    {
        _plan = plan;
        _seed = seed;
        _studio = studio;
        _events = new Queue<LineEvent>(plan.Events.OrderBy(happening => happening.At));
        _server = new VirtualServer(new TappedCodecs(studio.Codecs, _encoded), plan.Options, seed) { Network = Deliver };
    }

    /// <summary>When every meeting begins.</summary>
    public static MediaTime Start { get; } = MediaTime.FromMilliseconds(1000);

    /// <summary>Runs a meeting from its beginning to its end; one record for each guest.</summary>
    public static IReadOnlyList<GuestRecord> Run(MeetingPlan plan, int seed, Studio studio)
    {
        using var meeting = new Meeting(plan, seed, studio);
        meeting.Run();
        return [.. meeting._guests.Select(guest => guest.Record)];
    }

    /// <summary>When a guest comes.</summary>
    public static MediaTime ArrivalOf(int guest) => Start + (s_arrival * guest);

    public void Dispose()
    {
        _server.Close();
        _guests.ForEach(guest => guest.Dispose());
        _encoded.Dispose();
    }

    private void Run()
    {
        var end = Start + _plan.Length;
        for (var now = Start; now <= end; now = Next())
        {
            while (_events.TryPeek(out var due) && Start + due.At <= now)
            {
                _events.Dequeue().Happens(_guests[^1], now);
            }

            if (_guests.Count < _plan.Guests.Count && ArrivalOf(_guests.Count) <= now)
            {
                Join(now);
            }

            Step(now);
            if (_nextObserved <= now)
            {
                _nextObserved += s_observed;
                _plan.Observe?.Invoke(_server.Describe());
            }

            if (_nextTraced <= now)
            {
                _nextTraced += s_traced;
                Trace(now);
            }
        }
    }

    private void Trace(MediaTime now)
    {
        if (_plan.Trace is { } trace && _guests.Count == _plan.Guests.Count)
        {
            var line = _guests[^1].Down;
            var waiting = line.WaitingBytes * 8000.0 / line.Quality.RateBps;
            trace(
                FormattableString.Invariant(
                    $"{(now - Start).TotalSeconds, 6:F2} s: {_server.Trace(_guests.Count - 1)}; {waiting:F0} ms wait on the line, {line.Dropped} dropped"
                )
            );
        }
    }

    private MediaTime Next()
    {
        var next = _server.NextDeadline;
        foreach (var guest in _guests)
        {
            next = MediaTime.Min(next, MediaTime.Min(guest.NextDeadline, guest.Up.NextDeadline));
        }

        next = _guests.Count < _plan.Guests.Count ? MediaTime.Min(next, ArrivalOf(_guests.Count)) : next;
        next = _events.TryPeek(out var happening) ? MediaTime.Min(next, Start + happening.At) : next;
        return MediaTime.Max(next, _server.Now);
    }

    private void Join(MediaTime now)
    {
        var guest = new Guest(_plan.Guests[_guests.Count], _guests.Count, _seed, _studio, _encoded, now);
        _guests.Add(guest);
        _byPath.Add(guest.Path, guest);
        guest.AcceptAnswer(_server.Join(guest.Plan.Name, guest.CreateOffer(), now), now);
    }

    private void Step(MediaTime now)
    {
        foreach (var guest in _guests)
        {
            while (guest.Up.TryReceive(now, out var datagram))
            {
                _server.Router.Route(datagram, guest.Path, now);
            }
        }

        _server.Run(now);
        foreach (var guest in _guests)
        {
            guest.Run(now);
        }
    }

    private void Deliver(NetworkPath path, ReadOnlySpan<byte> datagram) => _byPath[path].Down.Send(datagram, _server.Now);
}
