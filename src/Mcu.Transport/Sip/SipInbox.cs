using System.Threading.Channels;
using Mcu.Sip.Messages;

namespace Mcu.Transport.Sip;

/// <summary>What waits for the user agent: messages and what others want done, bounded. Any thread adds; the agent's lane takes.</summary>
internal sealed class SipInbox(int capacity, Action wake)
{
    private readonly Channel<Item> _items = Channel.CreateBounded<Item>(
        new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
    );
    private long _received;
    private long _dropped;

    /// <summary>A message; or, without bytes, a flow that failed.</summary>
    public readonly record struct Item(SipFlow Flow, byte[]? Message);

    public long Received => Volatile.Read(ref _received);

    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Adds a datagram; one too many is lost, as in a network: its sender repeats it.</summary>
    public void Add(SipFlow flow, byte[] message)
    {
        if (_items.Writer.TryWrite(new Item(flow, message)))
        {
            Interlocked.Increment(ref _received);
            wake();
        }
        else
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Adds a message of a connection, as soon as there is room.</summary>
    public async ValueTask AddAsync(SipFlow flow, byte[] message)
    {
        var item = new Item(flow, message);
        while (!_items.Writer.TryWrite(item))
        {
            if (!await _items.Writer.WaitToWriteAsync())
            {
                return; // closed: nobody takes it any more
            }
        }

        Interlocked.Increment(ref _received);
        wake();
    }

    /// <summary>Adds that a flow failed.</summary>
    public async ValueTask AddFailureAsync(SipFlow flow)
    {
        var item = new Item(flow, null);
        while (!_items.Writer.TryWrite(item))
        {
            if (!await _items.Writer.WaitToWriteAsync())
            {
                return;
            }
        }

        wake();
    }

    public bool TryTake(out Item item) => _items.Reader.TryRead(out item);

    public bool IsEmpty => _items.Reader.Count == 0;

    /// <summary>Nothing is taken in any more.</summary>
    public void Close() => _items.Writer.TryComplete();
}
