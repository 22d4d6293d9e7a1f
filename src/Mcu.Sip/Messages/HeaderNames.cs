using System.Collections.Frozen;

namespace Mcu.Sip.Messages;

/// <summary>Header field names as they are written, and their compact forms (RFC 3261 section 7.3.3).</summary>
public static class HeaderNames
{
    public const string Accept = "Accept";
    public const string Allow = "Allow";
    public const string Authorization = "Authorization";
    public const string CallId = "Call-ID";
    public const string Contact = "Contact";
    public const string ContentEncoding = "Content-Encoding";
    public const string ContentLength = "Content-Length";
    public const string ContentType = "Content-Type";
    public const string CSeq = "CSeq";
    public const string Event = "Event";
    public const string Expires = "Expires";
    public const string From = "From";
    public const string MaxForwards = "Max-Forwards";
    public const string MinExpires = "Min-Expires";
    public const string MinSE = "Min-SE";
    public const string ProxyAuthenticate = "Proxy-Authenticate";
    public const string ProxyAuthorization = "Proxy-Authorization";
    public const string RAck = "RAck";
    public const string RecordRoute = "Record-Route";
    public const string ReferredBy = "Referred-By";
    public const string ReferTo = "Refer-To";
    public const string Replaces = "Replaces";
    public const string Require = "Require";
    public const string RetryAfter = "Retry-After";
    public const string Route = "Route";
    public const string RSeq = "RSeq";
    public const string Server = "Server";
    public const string SessionExpires = "Session-Expires";
    public const string SubscriptionState = "Subscription-State";
    public const string Supported = "Supported";
    public const string Timestamp = "Timestamp";
    public const string To = "To";
    public const string Unsupported = "Unsupported";
    public const string UserAgent = "User-Agent";
    public const string Via = "Via";
    public const string Warning = "Warning";
    public const string WwwAuthenticate = "WWW-Authenticate";

    private static readonly string[] s_known =
    [
        Accept,
        Allow,
        Authorization,
        CallId,
        Contact,
        ContentEncoding,
        ContentLength,
        ContentType,
        CSeq,
        Event,
        Expires,
        From,
        MaxForwards,
        MinExpires,
        MinSE,
        ProxyAuthenticate,
        ProxyAuthorization,
        RAck,
        RecordRoute,
        ReferredBy,
        ReferTo,
        Replaces,
        Require,
        RetryAfter,
        Route,
        RSeq,
        Server,
        SessionExpires,
        SubscriptionState,
        Supported,
        Timestamp,
        To,
        Unsupported,
        UserAgent,
        Via,
        Warning,
        WwwAuthenticate,
    ];

    // RFC 3261 section 20, RFC 3515, RFC 3892, RFC 4028, RFC 6665.
    private static readonly (string Compact, string Full)[] s_compact =
    [
        ("b", ReferredBy),
        ("c", ContentType),
        ("e", ContentEncoding),
        ("f", From),
        ("i", CallId),
        ("k", Supported),
        ("l", ContentLength),
        ("m", Contact),
        ("o", Event),
        ("r", ReferTo),
        ("s", "Subject"),
        ("t", To),
        ("v", Via),
        ("x", SessionExpires),
    ];

    private static readonly FrozenDictionary<string, string> s_canonical = s_known
        .Select(name => (Compact: name, Full: name))
        .Concat(s_compact)
        .ToFrozenDictionary(pair => pair.Compact, pair => pair.Full, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> s_bySpan = s_canonical.GetAlternateLookup<
        ReadOnlySpan<char>
    >();

    /// <summary>The full name in its usual spelling; of a header that we do not know, the name as it is.</summary>
    internal static string Canonical(ReadOnlySpan<char> name) => s_bySpan.TryGetValue(name, out var full) ? full : name.ToString();
}
