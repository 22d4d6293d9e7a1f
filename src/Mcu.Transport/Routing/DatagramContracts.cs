using Mcu.Media;
using Mcu.Media.Network;

namespace Mcu.Transport;

/// <summary>Takes each datagram a port receives. Called by receiving threads, several at a time; must not block.</summary>
public interface IDatagramRouter
{
    /// <param name="datagram">Valid during the call only.</param>
    /// <param name="path">Where it came from.</param>
    /// <param name="arrival">When it came from the network, as well as that is known.</param>
    void Route(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival);
}

/// <summary>Where one session's datagrams go. Called by receiving threads, several at a time; must not block.</summary>
public interface IDatagramInbox
{
    /// <inheritdoc cref="IDatagramRouter.Route"/>
    void Enqueue(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival);
}
