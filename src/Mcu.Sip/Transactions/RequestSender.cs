using System.Net;
using Mcu.Media;
using Mcu.Sip.Authentication;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Transactions;

/// <summary>Sends requests: finds their next hop, asks where it is, and begins their transactions.</summary>
internal sealed class RequestSender(TransactionLayer layer, ISipTransport transport, IRandomSource random, bool prefersTcp)
{
    /// <summary>Most names that are looked for at once.</summary>
    private const int MaxResolving = 1000;

    private readonly Dictionary<long, (OutgoingRequest Request, SipTimer Limit)> _resolving = [];
    private long _lastResolution;

    public SipTimers Timers => layer.Timers;

    public TransactionTiming Timing => layer.Timing;

    public IRandomSource Random => random;

    public bool PrefersTcp => prefersTcp;

    /// <summary>Sends a request; whatever becomes of it, the user is told, in the worst case from within.</summary>
    /// <param name="user">Who is told.</param>
    /// <param name="request">Without Via.</param>
    /// <param name="flow">Where to, if that is known; null to find out.</param>
    /// <param name="credentials">For challenges; null if there are none.</param>
    /// <param name="nextSequence">Gives the CSeq number of the next request of the same sequence.</param>
    /// <param name="now">The current time.</param>
    public OutgoingRequest Send(
        IOutgoingRequestUser user,
        SipRequest request,
        SipFlow? flow,
        SipCredentials? credentials,
        Func<uint> nextSequence,
        MediaTime now
    )
    {
        var outgoing = new OutgoingRequest(this, user, request, credentials, nextSequence);
        if (flow is { } known)
        {
            outgoing.Launch([known], now);
            return outgoing;
        }

        var target = NextHop(request);
        if (Direct(target) is { } direct)
        {
            outgoing.Launch([direct], now);
        }
        else if (!target.IsSip || !HasRoom(request) || _resolving.Count >= MaxResolving)
        {
            outgoing.Fail(StatusCodes.ServiceUnavailable, now);
        }
        else
        {
            Resolve(outgoing, target, now);
        }

        return outgoing;
    }

    /// <summary>Sends an ACK of a 2xx, which has no transaction; over the flow where the answer came from if the next hop is not an address.</summary>
    public (SipFlow Flow, byte[] Bytes) SendAck(SipRequest ack, SipFlow? flow, SipFlow otherwise)
    {
        var to = flow ?? Direct(NextHop(ack)) ?? otherwise;
        ack.PutVia(CreateVia(to));
        var bytes = ack.ToBytes();
        layer.Send(to, bytes);
        return (to, bytes);
    }

    /// <summary>Our Contact as the peer at the other end of this flow should call it.</summary>
    public string ContactFor(in SipFlow flow, string? user, bool secure)
    {
        var parameters = new SipParameters();
        // Who was called by sips is called back by sips, over TLS without saying so (RFC 3261 section 12.1.1).
        if (flow.Transport.ToUriParameter() is { } name && (!secure || flow.Transport != SipTransport.Tls))
        {
            parameters.Set("transport", name);
        }

        return $"<{SipUri.Create(user is null ? null : SipSyntax.Unescape(user), transport.LocalAddress(flow), secure, parameters)}>";
    }

    public void Repeat(SipFlow flow, byte[] bytes) => layer.Send(flow, bytes);

    /// <summary>The answer to <see cref="ISipTransport.Resolve"/>.</summary>
    public void Resolved(long id, IReadOnlyList<SipFlow> addresses, MediaTime now)
    {
        if (_resolving.Remove(id, out var waiting))
        {
            Timers.Clear(waiting.Limit);
            waiting.Request.Launch(addresses, now);
        }
    }

    internal ClientTransaction? Start(OutgoingRequest outgoing, SipRequest request, SipFlow flow, MediaTime now)
    {
        if (!HasRoom(request))
        {
            return null;
        }

        request.PutVia(CreateVia(flow));
        if (request.ContactUser is { } user)
        {
            request.Headers.Set(HeaderNames.Contact, ContactFor(flow, user.Length == 0 ? null : user, request.Uri.IsSecure));
        }

        return layer.Start(outgoing, request, flow, now);
    }

    internal void StartCancel(SipRequest cancel, SipFlow flow, MediaTime now) => layer.Start(Nobody.Instance, cancel, flow, now);

    /// <summary>A request that was given up while its next hop was looked for.</summary>
    internal void Forget(OutgoingRequest request)
    {
        foreach (var (id, waiting) in _resolving)
        {
            if (waiting.Request == request)
            {
                Timers.Clear(waiting.Limit);
                _resolving.Remove(id);
                return;
            }
        }
    }

    private bool HasRoom(SipRequest request) => !(request.To.Tag is null ? layer.IsFull : layer.IsExhausted);

    private void Resolve(OutgoingRequest outgoing, SipUri target, MediaTime now)
    {
        var id = ++_lastResolution;
        var limit = new SipTimer(at => outgoing.Fail(StatusCodes.RequestTimeout, at));
        _resolving.Add(id, (outgoing, limit));
        Timers.Set(limit, now + Timing.Timeout);
        transport.Resolve(new SipResolution(id, target));
    }

    private ViaHeader CreateVia(SipFlow flow) =>
        new(flow.Transport, transport.LocalAddress(flow), ViaHeader.MagicCookie + random.NextToken(12));

    /// <summary>RFC 3261 section 8.1.2: the first Route, unless it is a strict router, which stands in the Request-URI.</summary>
    private static SipUri NextHop(SipRequest request)
    {
        var first = request.Headers.Elements(HeaderNames.Route).FirstOrDefault();
        return first is not null && NameAddress.TryParse(first, out var route, out _) && route.Uri.IsLooseRouter ? route.Uri : request.Uri;
    }

    /// <summary>A next hop that spells its address needs no resolving.</summary>
    internal static SipFlow? Direct(SipUri target)
    {
        var host = target.Parameters.Get("maddr") ?? target.Host;
        if (!target.IsSip || HostPort.AddressOf(host) is not { } address)
        {
            return null;
        }

        var transport = TransportOf(target);
        return new SipFlow(transport, new IPEndPoint(address, target.Port != 0 ? target.Port : transport.DefaultPort()));
    }

    /// <summary>What the URI says, or UDP, or TLS of sips (RFC 3263 section 4.1).</summary>
    private static SipTransport TransportOf(SipUri target) =>
        target.Parameters.Get("transport")?.ToUpperInvariant() switch
        {
            "WS" when target.IsSecure => SipTransport.Wss,
            "WS" => SipTransport.Ws,
            "WSS" => SipTransport.Wss,
            "TLS" => SipTransport.Tls,
            "TCP" when !target.IsSecure => SipTransport.Tcp,
            _ => target.IsSecure ? SipTransport.Tls : SipTransport.Udp,
        };

    /// <summary>The outcome of a CANCEL tells nothing.</summary>
    private sealed class Nobody : IClientTransactionUser
    {
        public static readonly Nobody Instance = new();

        public void OnResponse(ClientTransaction transaction, SipResponse response, MediaTime now) { }

        public void OnFailure(ClientTransaction transaction, TransactionFailure failure, MediaTime now) { }
    }
}
