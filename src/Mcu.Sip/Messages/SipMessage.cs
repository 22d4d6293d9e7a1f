using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mcu.Sip.Messages;

/// <summary>CSeq: a number below 2^31 and the method (RFC 3261 section 20.16).</summary>
public readonly record struct CSeq(uint Number, string Method)
{
    public const uint Max = int.MaxValue;

    public override string ToString() => $"{Number.ToString(CultureInfo.InvariantCulture)} {Method}";

    internal static bool TryParse(ReadOnlySpan<char> text, out CSeq value)
    {
        value = default;
        var space = text.IndexOfAny(' ', '\t');
        if (space <= 0 || !SipSyntax.TryParseNumber(text[..space], Max, out var number))
        {
            return false;
        }

        var method = text[space..].Trim(" \t");
        value = new CSeq(number, method.ToString());
        return SipSyntax.IsToken(method);
    }
}

/// <summary>What requests and responses have in common: header rows, the ones that every message has in their parts, and a body.</summary>
public abstract class SipMessage
{
    /// <summary>Longest message in bytes, its body included: what a UDP datagram can hold, for every transport.</summary>
    public const int MaxLength = 65_535;

    /// <summary>Most bytes before the body.</summary>
    public const int MaxHeaderLength = 32 * 1024;

    /// <summary>Most header rows.</summary>
    public const int MaxHeaderRows = 256;

    /// <summary>Most hops that a message may have come over; Max-Forwards is 70 at most senders.</summary>
    public const int MaxVias = 100;

    public SipHeaders Headers { get; internal init; } = [];

    public ReadOnlyMemory<byte> Body { get; internal set; }

    /// <summary>The top of Via; null in a request that was not sent yet.</summary>
    public ViaHeader? Via { get; internal set; }

    public required NameAddress From { get; init; }

    public required NameAddress To { get; init; }

    public required string CallId { get; init; }

    public required CSeq CSeq { get; init; }

    public string? ContentType => Headers[HeaderNames.ContentType];

    /// <summary>The first Contact; null where there is none, or it is "*".</summary>
    public NameAddress? Contact => TryFirst(HeaderNames.Contact, out var contact) ? contact : null;

    /// <summary>A number in a header of its own, such as Expires; null where it is missing or malformed. What is too large is the largest.</summary>
    public uint? Number(string name)
    {
        var text = Headers[name].AsSpan();
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? text : text[..end];
        return digits.IsEmpty ? null
            : uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
            : uint.MaxValue;
    }

    /// <summary>The addresses of a list such as Route; null if one of them is malformed.</summary>
    public IReadOnlyList<NameAddress>? Addresses(string name)
    {
        var addresses = new List<NameAddress>();
        foreach (var element in Headers.Elements(name))
        {
            if (!NameAddress.TryParse(element, out var address, out _))
            {
                return null;
            }

            addresses.Add(address);
        }

        return addresses;
    }

    /// <summary>Sets the body and its type.</summary>
    public void SetBody(string contentType, ReadOnlyMemory<byte> body)
    {
        Headers.Set(HeaderNames.ContentType, contentType);
        Body = body;
    }

    public byte[] ToBytes() => MessageWriter.Write(this);

    private bool TryFirst(string name, [NotNullWhen(true)] out NameAddress? address)
    {
        address = null;
        return Headers.Elements(name).FirstOrDefault() is { } element && NameAddress.TryParse(element, out address, out _);
    }
}

/// <summary>A request.</summary>
public sealed class SipRequest : SipMessage
{
    public required string Method { get; init; }

    public required SipUri Uri { get; init; }

    /// <summary>Wants our Contact, with this user part, when it is known which way it goes; "" for one without, null for no Contact.</summary>
    internal string? ContactUser { get; set; }

    /// <summary>How many hops are left; 70 where nothing is said (RFC 3261 section 8.1.1.6).</summary>
    public uint MaxForwards => Number(HeaderNames.MaxForwards) ?? 70;

    /// <summary>A request with what every request has, but Via, which is added when it is sent.</summary>
    public static SipRequest Create(string method, SipUri uri, NameAddress from, NameAddress to, string callId, uint sequence)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var cseq = new CSeq(sequence, method);
        var request = new SipRequest
        {
            Method = method,
            Uri = uri,
            From = from,
            To = to,
            CallId = callId,
            CSeq = cseq,
        };
        request
            .Headers.Add(HeaderNames.MaxForwards, "70")
            .Add(HeaderNames.From, from.ToString())
            .Add(HeaderNames.To, to.ToString())
            .Add(HeaderNames.CallId, callId)
            .Add(HeaderNames.CSeq, cseq.ToString());
        return request;
    }

    /// <summary>The same request with another CSeq number and without Via: what is sent after a challenge (RFC 3261 section 22.2).</summary>
    internal SipRequest Again(uint sequence)
    {
        var again = Create(Method, Uri, From, To, CallId, sequence);
        foreach (var row in Headers)
        {
            if (
                row.Name
                is HeaderNames.Via
                    or HeaderNames.MaxForwards
                    or HeaderNames.From
                    or HeaderNames.To
                    or HeaderNames.CallId
                    or HeaderNames.CSeq
            )
            {
                continue;
            }

            again.Headers.Add(row.Name, row.Value);
        }

        again.Body = Body;
        again.ContactUser = ContactUser;
        return again;
    }

    internal void PutVia(ViaHeader via)
    {
        Via = via;
        Headers.AddFirst(HeaderNames.Via, via.ToString());
    }

    /// <summary>A response as RFC 3261 section 8.2.6 makes it: Via, From, To, Call-ID and CSeq are the request's.</summary>
    /// <param name="status">100 to 699.</param>
    /// <param name="toTag">Our tag, for a request that has none; not in a 100.</param>
    /// <param name="reason">For people; the usual one if null.</param>
    public SipResponse CreateResponse(int status, string? toTag, string? reason = null)
    {
        var response = new SipResponse
        {
            StatusCode = status,
            ReasonPhrase = reason is null ? StatusCodes.ReasonOf(status) : WireText.FromText(reason),
            From = From,
            To = toTag is null || To.Tag is not null ? To : To.WithTag(toTag),
            CallId = CallId,
            CSeq = CSeq,
            Via = Via,
        };
        foreach (var row in Headers)
        {
            if (row.Name is HeaderNames.Via or HeaderNames.From or HeaderNames.CallId or HeaderNames.CSeq)
            {
                response.Headers.Add(row.Name, row.Value);
            }
            else if (row.Name == HeaderNames.To)
            {
                response.Headers.Add(row.Name, toTag is null || To.Tag is not null ? row.Value : $"{row.Value};tag={toTag}");
            }
            else if (row.Name == HeaderNames.Timestamp && status == 100)
            {
                response.Headers.Add(row.Name, row.Value);
            }
        }

        return response;
    }

    public override string ToString() => $"{Method} {Uri}";
}

/// <summary>A response.</summary>
public sealed class SipResponse : SipMessage
{
    /// <summary>100 to 699.</summary>
    public required int StatusCode { get; init; }

    /// <summary>As on the wire; see <see cref="WireText.ToText"/>.</summary>
    public required string ReasonPhrase { get; init; }

    public bool IsProvisional => StatusCode < 200;

    public bool IsSuccess => StatusCode is >= 200 and < 300;

    public override string ToString() => $"{StatusCode} {ReasonPhrase} ({CSeq})";
}
