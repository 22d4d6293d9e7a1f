using System.Collections.Concurrent;
using System.Net;
using Mcu.Media;
using Mcu.Media.Scheduling;
using Mcu.Sip;
using Mcu.Sip.Messages;

namespace Mcu.Transport.Sip;

/// <summary>
/// A SIP user agent at work: its sockets, its lane, its one writer. <c>socket → inbox → user agent → handler</c>, and back to the sockets.
/// What others want done comes in by <see cref="Post"/>.
/// </summary>
public sealed class SipEndpoint : ISerialWork, ISipTransport, IAsyncDisposable
{
    /// <summary>Messages and actions dealt with in one run: the threads are those of the audio ticks.</summary>
    private const int ItemsPerRun = 32;

    /// <summary>Actions that may wait: those of all calls and sessions that there may be, several times over.</summary>
    private const int MaxActions = 65_536;

    private static readonly TimeSpan s_goodbye = TimeSpan.FromMilliseconds(600);

    // given
    private readonly SipNetworkOptions _options;
    private readonly MediaClock _clock;

    // owned
    private readonly SipInbox _inbox;
    private readonly SipSockets _sockets;
    private readonly SipResolver _resolver = new();
    private readonly SipUserAgent _agent;
    private readonly ConcurrentQueue<Action<SipUserAgent, MediaTime>> _actions = new();
    private readonly List<SipFlow> _failed = [];
    private readonly ILane _lane;

    private bool _disposed;
    private int _transactions; // as of the last run; read by whoever waits for the end

    /// <param name="options">Where to listen.</param>
    /// <param name="agent">Makes the user agent, given its transport.</param>
    /// <param name="scheduler">Whose lanes the agent runs on.</param>
    /// <param name="clock">The scheduler's clock.</param>
    /// <exception cref="System.Net.Sockets.SocketException">An address or port cannot be had; the message names it.</exception>
    public SipEndpoint(SipNetworkOptions options, Func<ISipTransport, SipUserAgent> agent, IMediaScheduler scheduler, MediaClock clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(scheduler);
        _options = options;
        _clock = clock;
        _agent = agent(this);
        _lane = scheduler.AddLane(this);
        _inbox = new SipInbox(options.MaxInbox, _lane.Wake);
        try
        {
            _sockets = new SipSockets(options, _inbox, clock);
        }
        catch
        {
            _lane.Dispose();
            throw;
        }
    }

    public SipNetworkStatistics Statistics => _sockets.Statistics;

    /// <summary>Where a transport listens; null where it does not.</summary>
    public IPEndPoint? Listens(SipTransport transport) => _sockets.Listens(transport);

    /// <summary>Has something done with the agent, on its lane, soon. Any thread.</summary>
    /// <exception cref="InvalidOperationException">Far too much waits already.</exception>
    public void Post(Action<SipUserAgent, MediaTime> action)
    {
        if (_actions.Count >= MaxActions)
        {
            throw new InvalidOperationException("The SIP agent does not come after what it is to do.");
        }

        _actions.Enqueue(action);
        _lane.Wake();
    }

    public MediaTime Run(MediaTime now)
    {
        for (var left = ItemsPerRun; left > 0 && _actions.TryDequeue(out var action); left--)
        {
            action(_agent, now);
        }

        for (var left = ItemsPerRun; left > 0 && _inbox.TryTake(out var item); left--)
        {
            if (item.Message is { } message)
            {
                _agent.Receive(message, item.Flow, now);
            }
            else
            {
                _agent.FailTransport(item.Flow, now);
            }
        }

        ReportFailures(now);
        if (_agent.NextDeadline <= now)
        {
            _agent.Run(now);
            ReportFailures(now);
        }

        return !_inbox.IsEmpty || !_actions.IsEmpty ? now : _agent.NextDeadline;
    }

    /// <summary>Hangs up all calls, gives the goodbyes a moment to be heard, and closes the sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            (agent, now) =>
            {
                foreach (var call in agent.Calls.ToList())
                {
                    call.Hangup(now);
                }

                foreach (var registration in agent.Registrations.ToList())
                {
                    registration.Stop(now);
                }

                gone.SetResult();
            }
        );
        await Task.WhenAny(gone.Task, Task.Delay(s_goodbye));
        var until = _clock.Now + s_goodbye;
        while (Volatile.Read(ref _transactions) > 0 && _clock.Now < until)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }

        _lane.Dispose();
        _inbox.Close();
        _sockets.Dispose();
    }

    public override string ToString() => "SIP";

    void ISipTransport.Send(SipFlow flow, ReadOnlyMemory<byte> message)
    {
        if (!_sockets.TrySend(flow, message))
        {
            _failed.Add(flow); // told later, not from within
        }
    }

    void ISipTransport.Resolve(SipResolution resolution) => LoudTask.Forget(ResolveAsync(resolution));

    HostPort ISipTransport.LocalAddress(in SipFlow flow)
    {
        var listening = _sockets.Listens(flow.Transport);
        var own = listening ?? _sockets.LocalOf(flow) ?? new IPEndPoint(IPAddress.Loopback, 0);
        var address =
            _options.Announce
            ?? (
                own.Address.Equals(IPAddress.Any) || own.Address.Equals(IPAddress.IPv6Any)
                    ? LocalAddresses.Towards(flow.Remote.Address)
                    : own.Address
            );
        return HostPort.From(new IPEndPoint(address, own.Port));
    }

    private void ReportFailures(MediaTime now)
    {
        while (_failed.Count > 0)
        {
            var failed = _failed.ToArray();
            _failed.Clear();
            foreach (var flow in failed)
            {
                _agent.FailTransport(flow, now);
            }
        }

        Volatile.Write(ref _transactions, _agent.TransactionCount);
    }

    private async Task ResolveAsync(SipResolution resolution)
    {
        var addresses = await _resolver.ResolveAsync(resolution.Target);
        foreach (var flow in addresses)
        {
            if (flow.Transport == SipTransport.Tls)
            {
                _sockets.Name(flow.Remote, resolution.Target.Host);
            }
        }

        Post((agent, now) => agent.Resolved(resolution.Id, addresses, now));
    }
}
