using Mcu.Sip.Messages;

namespace Mcu.Sip.Dialogs;

/// <summary>What names a dialog (RFC 3261 section 12): Call-ID and both tags, from our side.</summary>
internal readonly record struct DialogId(string CallId, string LocalTag, string RemoteTag)
{
    /// <summary>The dialog that a request from the peer belongs to.</summary>
    public static DialogId Of(SipRequest request) => new(request.CallId, request.To.Tag ?? "", request.From.Tag ?? "");
}

/// <summary>The state of one dialog (RFC 3261 section 12): who, in which order, and the way there.</summary>
internal sealed class Dialog
{
    private readonly NameAddress _local;
    private readonly NameAddress _remote;
    private uint? _remoteSequence;

    private Dialog(DialogId id, NameAddress local, NameAddress remote, IReadOnlyList<NameAddress> routeSet, SipUri target)
    {
        Id = id;
        _local = local;
        _remote = remote;
        RouteSet = routeSet;
        RemoteTarget = target;
    }

    public DialogId Id { get; }

    public bool IsConfirmed { get; set; }

    /// <summary>The proxies that stay in the way; fixed for the dialog's life.</summary>
    public IReadOnlyList<NameAddress> RouteSet { get; }

    /// <summary>The peer's Contact; changes with its target refresh requests.</summary>
    public SipUri RemoteTarget { get; private set; }

    /// <summary>The number of our last request.</summary>
    public uint LocalSequence { get; private set; }

    /// <summary>
    /// Where the peer is, if its Contact cannot be relied on: at the other end of its connection, or behind the NAT that its Via shows.
    /// Null to go where route set and target say.
    /// </summary>
    public SipFlow? Flow { get; private set; }

    /// <summary>The dialog of an INVITE that we were sent; null if it has no Contact that one could answer to.</summary>
    public static Dialog? OfIncoming(SipRequest request, SipFlow flow, string localTag)
    {
        // Who knows only RFC 2543 has neither tag nor, at times, Contact: it is then where its From says.
        var contact = request.Contact ?? (request.From.Tag is null ? request.From : null);
        if (contact is not { Uri.IsSip: true } || request.Addresses(HeaderNames.RecordRoute) is not { } routes)
        {
            return null;
        }

        var isDirect = routes.Count == 0 && request.Headers.Elements(HeaderNames.Via).Count() == 1;
        return new Dialog(
            new DialogId(request.CallId, localTag, request.From.Tag ?? ""),
            request.To.WithTag(localTag),
            request.From,
            routes,
            contact.Uri.AsTarget()
        )
        {
            _remoteSequence = request.CSeq.Number,
            Flow = isDirect && (flow.IsReliable || request.Via!.IsBehindNat) ? flow : null,
        };
    }

    /// <summary>
    /// The dialog of a response to our INVITE; null if its way is malformed. Its route set is the response's, the other way round. Provisional
    /// responses often lack the Contact that they should have: until the final one the target is where the INVITE went.
    /// </summary>
    public static Dialog? OfOutgoing(SipRequest request, SipResponse response, SipFlow? flow)
    {
        if (response.Addresses(HeaderNames.RecordRoute) is not { } routes)
        {
            return null;
        }

        return new Dialog(
            new DialogId(request.CallId, request.From.Tag!, response.To.Tag ?? ""),
            request.From,
            response.To,
            [.. routes.Reverse()],
            response.Contact is { Uri.IsSip: true } contact ? contact.Uri.AsTarget() : request.Uri
        )
        {
            LocalSequence = request.CSeq.Number,
            Flow = routes.Count == 0 ? flow : null,
        };
    }

    public uint NextSequence() => ++LocalSequence;

    /// <summary>A request within the dialog (RFC 3261 section 12.2.1.1).</summary>
    public SipRequest CreateRequest(string method) => Create(method, NextSequence());

    /// <summary>The ACK of a 2xx: its number is the INVITE's.</summary>
    public SipRequest CreateAck(uint sequence) => Create(SipMethods.Ack, sequence);

    /// <summary>Takes the number of a request from the peer; false if it is not greater than the last (RFC 3261 section 12.2.2).</summary>
    public bool TakeSequence(uint sequence)
    {
        if (_remoteSequence is { } last && sequence <= last)
        {
            return false;
        }

        _remoteSequence = sequence;
        return true;
    }

    /// <summary>The peer was heard from here: over a new connection, or through another hole in its NAT.</summary>
    public void Follow(SipFlow flow)
    {
        if (Flow is not null)
        {
            Flow = flow;
        }
    }

    /// <summary>Follows the Contact of a target refresh request or its response.</summary>
    public void RefreshTarget(SipMessage message)
    {
        if (message.Contact is { Uri.IsSip: true } contact)
        {
            RemoteTarget = contact.Uri.AsTarget();
        }
    }

    private SipRequest Create(string method, uint sequence)
    {
        // A strict router takes the Request-URI's place, and the target goes to the end of the way.
        var isStrict = RouteSet.Count > 0 && !RouteSet[0].Uri.IsLooseRouter;
        var request = SipRequest.Create(method, isStrict ? RouteSet[0].Uri.AsTarget() : RemoteTarget, _local, _remote, Id.CallId, sequence);
        foreach (var route in isStrict ? RouteSet.Skip(1) : RouteSet)
        {
            request.Headers.Add(HeaderNames.Route, route.ToString());
        }

        if (isStrict)
        {
            request.Headers.Add(HeaderNames.Route, $"<{RemoteTarget}>");
        }

        return request;
    }
}
