using System.Net;
using Mcu.Media;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Tests;

/// <summary>Carries messages between agents in virtual time. UDP may lose, delay, reorder and double them; connections do none of it.</summary>
internal sealed class VirtualNetwork(int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<TestAgent> _agents = [];
    private readonly PriorityQueue<Packet, (long At, long Order)> _packets = new();
    private readonly HashSet<long> _cut = [];
    private long _order;

    public MediaTime Now { get; private set; } = MediaTime.FromMilliseconds(1_000_000);

    /// <summary>Probability that a datagram is lost.</summary>
    public double Loss { get; set; }

    public double Duplication { get; set; }

    public TimeSpan MinDelay { get; set; } = TimeSpan.FromMilliseconds(5);

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Drops a message if it says so; asked for each one sent.</summary>
    public Func<string, bool>? Drops { get; set; }

    /// <summary>Changes messages on their way, as a peer of less ability would have written them.</summary>
    public Func<string, string>? Rewrites { get; set; }

    /// <summary>Told of each message where it was sent to.</summary>
    public Action<SipFlow>? WhenSent { get; set; }

    /// <summary>Every message that was sent, lost or not.</summary>
    public List<(MediaTime At, TestAgent From, string Text)> Log { get; } = [];

    public int Count(string start) => Log.Count(entry => entry.Text.StartsWith(start, StringComparison.Ordinal));

    public IEnumerable<string> Sent(string start) =>
        Log.Where(entry => entry.Text.StartsWith(start, StringComparison.Ordinal)).Select(entry => entry.Text);

    public void Add(TestAgent agent) => _agents.Add(agent);

    /// <summary>An address whose messages a test reads from the log, and writes by hand.</summary>
    public IPEndPoint Hand { get; } = new(IPAddress.Parse("198.51.100.7"), 5060);

    /// <summary>What was sent since the last call.</summary>
    public string[] TakeLog()
    {
        var texts = Log.Select(entry => entry.Text).ToArray();
        Log.Clear();
        return texts;
    }

    /// <summary>Hands a message to an agent as if <see cref="Hand"/> had sent it; LF stands for CRLF.</summary>
    public void Inject(TestAgent to, string text, SipTransport transport = SipTransport.Udp) =>
        to.Sip.Receive(
            WireText.ToBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal)),
            new SipFlow(transport, Hand, transport == SipTransport.Udp ? 0 : 99),
            Now
        );

    /// <summary>Nothing passes between anybody, also not over connections.</summary>
    public bool IsDown { get; set; }

    /// <summary>Breaks a connection; both ends learn it when they use it.</summary>
    public void Cut(long connection) => _cut.Add(connection);

    public void Send(TestAgent from, SipFlow flow, ReadOnlyMemory<byte> message)
    {
        message = Rewrites is { } rewrite ? WireText.ToBytes(rewrite(WireText.FromBytes(message.Span))) : message;
        var text = WireText.FromBytes(message.Span);
        Log.Add((Now, from, text));
        WhenSent?.Invoke(flow);
        var isUdp = flow.Transport == SipTransport.Udp;
        if (IsDown || flow.Remote.Equals(Hand) || Drops?.Invoke(text) == true || (isUdp && _random.NextDouble() < Loss))
        {
            return;
        }

        var to = _agents.Find(agent => agent.Address.Equals(flow.Remote));
        if (to is null || _cut.Contains(flow.Connection))
        {
            _packets.Enqueue(new Packet(from, null, flow), (Now.Ticks, ++_order));
            return;
        }

        var connection =
            isUdp ? 0
            : flow.Connection != 0 ? flow.Connection
            : from.Address.Port + to.Address.Port;
        var packet = new Packet(to, message.ToArray(), new SipFlow(flow.Transport, from.Address, connection));
        for (var copies = isUdp && _random.NextDouble() < Duplication ? 2 : 1; copies > 0; copies--)
        {
            var delay = isUdp ? MinDelay + (MaxDelay - MinDelay) * _random.NextDouble() : MinDelay;
            _packets.Enqueue(packet, ((Now + delay).Ticks, ++_order));
        }
    }

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan duration)
    {
        var end = Now + duration;
        while (true)
        {
            var next = _agents.Aggregate(MediaTime.Never, (at, agent) => MediaTime.Min(at, agent.Sip.NextDeadline));
            if (_packets.TryPeek(out _, out var first))
            {
                next = MediaTime.Min(next, new MediaTime(first.At));
            }

            if (next > end)
            {
                break;
            }

            Now = MediaTime.Max(Now, next);
            Deliver();
            foreach (var agent in _agents.Where(agent => agent.Sip.NextDeadline <= Now))
            {
                agent.Sip.Run(Now);
            }
        }

        Now = end;
    }

    public void Run(double seconds) => Run(TimeSpan.FromSeconds(seconds));

    private void Deliver()
    {
        while (_packets.TryPeek(out var packet, out var at) && at.At <= Now.Ticks)
        {
            _packets.Dequeue();
            if (packet.Bytes is null)
            {
                packet.To.Sip.FailTransport(packet.Flow, Now);
            }
            else
            {
                packet.To.Sip.Receive(packet.Bytes, packet.Flow, Now);
            }
        }
    }

    private sealed record Packet(TestAgent To, byte[]? Bytes, SipFlow Flow);
}
