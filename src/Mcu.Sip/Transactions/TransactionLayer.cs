using System.Diagnostics.CodeAnalysis;
using Mcu.Media;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Transactions;

/// <summary>
/// All transactions of a user agent, found by branch, or as RFC 2543 found them. Message → response of ours | known request | new request.
/// </summary>
internal sealed class TransactionLayer(SipTimers timers, TransactionTiming timing, ISipTransport transport, int maxTransactions)
{
    private readonly Dictionary<string, ClientTransaction> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServerTransaction> _servers = new(StringComparer.Ordinal);

    // Requests outside of dialogs by what makes them the same request, whichever way they came (RFC 3261 section 8.2.2.2).
    private readonly Dictionary<string, ServerTransaction> _origins = new(StringComparer.Ordinal);

    public SipTimers Timers => timers;

    public TransactionTiming Timing => timing;

    public int Count => _clients.Count + _servers.Count;

    /// <summary>Requests that another way could bring again.</summary>
    public int OriginCount => _origins.Count;

    /// <summary>Nothing new may begin.</summary>
    public bool IsFull => Count >= maxTransactions;

    /// <summary>Not even what belongs to a call may begin: the last quarter is kept for that, so that calls can end under any load.</summary>
    public bool IsExhausted => Count >= maxTransactions + (maxTransactions / 4);

    public void Send(SipFlow flow, ReadOnlyMemory<byte> message) => transport.Send(flow, message);

    public ClientTransaction Start(IClientTransactionUser user, SipRequest request, SipFlow flow, MediaTime now)
    {
        var transaction = new ClientTransaction(this, user, request, flow);
        _clients.Add(transaction.Key, transaction);
        transaction.Start(now);
        return transaction;
    }

    /// <summary>Hands a response to the request that it answers; false if there is none.</summary>
    public bool Receive(SipResponse response, MediaTime now)
    {
        // The method tells CANCEL's response from that of the INVITE with the same branch (RFC 3261 section 17.1.3).
        if (response.Via?.Branch is not { } branch || !_clients.TryGetValue(ClientKey(branch, response.CSeq.Method), out var transaction))
        {
            return false;
        }

        transaction.Receive(response, now);
        return true;
    }

    /// <summary>Deals with a request that belongs to a transaction: a retransmission, or the ACK of a failure. False for all others.</summary>
    public bool ReceiveKnown(SipRequest request, MediaTime now)
    {
        if (!_servers.TryGetValue(ServerKey(request, request.Method), out var transaction))
        {
            return false;
        }

        if (request.Method != SipMethods.Ack)
        {
            transaction.ReceiveAgain();
            return true;
        }

        // The ACK of a 2xx has a branch of its own, except from RFC 2543's clients: that one is the call's.
        if (transaction.State == ServerTransactionState.Accepted)
        {
            return false;
        }

        transaction.ReceiveAck(now);
        return true;
    }

    /// <summary>Begins the transaction of a new request.</summary>
    public ServerTransaction Accept(SipRequest request, SipFlow flow)
    {
        var transaction = new ServerTransaction(this, request, flow, ServerKey(request, request.Method));
        _servers.Add(transaction.Key, transaction);
        if (request.To.Tag is null)
        {
            _origins.TryAdd(OriginKey(request), transaction);
        }

        return transaction;
    }

    /// <summary>Whether the same request came already another way, through a proxy that forked it.</summary>
    public bool IsMerged(SipRequest request) =>
        request.To.Tag is null && request.From.Tag is not null && _origins.ContainsKey(OriginKey(request));

    /// <summary>The transaction that a CANCEL is for (RFC 3261 section 9.2).</summary>
    public bool TryFindCancelled(SipRequest cancel, [NotNullWhen(true)] out ServerTransaction? transaction) =>
        _servers.TryGetValue(ServerKey(cancel, SipMethods.Invite), out transaction);

    /// <summary>The transport could not send over this flow: requests that wait for their response there have failed.</summary>
    public void FailTransport(in SipFlow flow, MediaTime now)
    {
        var failed = flow;
        foreach (var client in _clients.Values.Where(client => client.Flow == failed || IsSameConnection(client.Flow, failed)).ToList())
        {
            client.FailTransport(now);
        }
    }

    public void Remove(ClientTransaction transaction) => _clients.Remove(transaction.Key);

    public void Remove(ServerTransaction transaction)
    {
        _servers.Remove(transaction.Key);
        var origin = OriginKey(transaction.Request);
        if (_origins.TryGetValue(origin, out var first) && first == transaction)
        {
            _origins.Remove(origin);
        }
    }

    public static string ClientKey(string branch, string method) => $"{branch}|{method}";

    private static bool IsSameConnection(SipFlow flow, SipFlow failed) => failed.Connection != 0 && flow.Connection == failed.Connection;

    /// <summary>
    /// RFC 3261 section 17.2.3: branch, sent-by and method, where an ACK belongs to the INVITE. For a sender that gave no transaction id:
    /// Request-URI, From tag, Call-ID, CSeq number and the whole of Via.
    /// </summary>
    private static string ServerKey(SipRequest request, string method)
    {
        var via = request.Via!;
        var ofMethod = method == SipMethods.Ack ? SipMethods.Invite : method;
        return via.HasTransactionId
            ? $"{via.Branch}|{via.SentBy.Host.ToLowerInvariant()}:{via.SentBy.Port}|{ofMethod}"
            : $"2543|{request.Uri}|{request.From.Tag}|{request.CallId}|{request.CSeq.Number}|{via}|{ofMethod}";
    }

    private static string OriginKey(SipRequest request) => $"{request.From.Tag}|{request.CallId}|{request.CSeq}";
}
