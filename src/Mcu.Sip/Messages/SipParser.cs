using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mcu.Sip.Messages;

/// <summary>
/// Parses one message. Nothing that comes from the network makes it throw: what is wrong is told, with the response that it deserves and
/// what is needed to send one.
/// </summary>
public static class SipParser
{
    /// <summary>Parses what one datagram or WebSocket message carries, or what <see cref="SipStreamReader"/> cut out of a stream.</summary>
    /// <remarks>Bytes behind the body are ignored; without Content-Length the body is all that is left (RFC 3261 section 18.3).</remarks>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes,
        [NotNullWhen(true)] out SipMessage? message,
        [NotNullWhen(false)] out SipParseError? error
    )
    {
        message = null;
        if (bytes.Length > SipMessage.MaxLength)
        {
            error = new SipParseError(StatusCodes.MessageTooLarge, "Message Too Large", null);
            return false;
        }

        // Line ends before the start line are skipped (RFC 3261 section 7.5).
        var text = bytes.TrimStart("\r\n"u8);
        var isWhole = HeaderBlock.TryRead(text, out var block, out var problem);
        var draft = new MessageDraft(block.StartLine, block.Headers);
        if (draft.IsSip && isWhole)
        {
            draft.Check();
            draft.TakeBody(text[block.Length..]);
        }

        var failure =
            !draft.IsSip ? new Fault(StatusCodes.BadRequest, "Not SIP")
            : isWhole ? draft.Fault
            : new Fault(StatusCodes.BadRequest, problem!);
        if (failure is null)
        {
            message = draft.Build();
            error = null;
            return true;
        }

        var rejected = draft is { IsRequest: true, Method: not "ACK" } ? Rejected(block.Headers) : null;
        error = new SipParseError(failure.Status, failure.Reason, rejected);
        return false;
    }

    private static RejectedRequest? Rejected(SipHeaders headers) =>
        headers.Elements(HeaderNames.Via).FirstOrDefault() is { } top && ViaHeader.TryParse(top, out var via, out var isWhole)
            ? new RejectedRequest(headers, via, isWhole)
            : null;

    internal sealed record Fault(int Status, string Reason);
}

/// <summary>A message being checked: start line, then the headers that every message has, then the body. The first fault counts.</summary>
internal ref struct MessageDraft
{
    private readonly SipHeaders _headers;
    private readonly string? _version;
    private readonly string _target = "";
    private SipUri? _uri;
    private int _status;
    private NameAddress? _from;
    private NameAddress? _to;
    private ViaHeader? _via;
    private CSeq _cseq;
    private ReadOnlySpan<byte> _body;

    /// <summary>Takes the start line apart; more than one space between its parts, and spaces behind it, are ignored.</summary>
    public MessageDraft(string startLine, SipHeaders headers)
    {
        _headers = headers;
        var line = startLine.AsSpan().TrimEnd(' ');
        if (line.StartsWith("SIP/", StringComparison.OrdinalIgnoreCase))
        {
            var space = line.IndexOf(' ');
            _version = (space < 0 ? line : line[..space]).ToString();
            _target = space < 0 ? "" : line[space..].TrimStart(' ').ToString();
            return;
        }

        var first = line.IndexOf(' ');
        var last = line.LastIndexOf(' ');
        if (
            first > 0
            && last > first
            && line[(last + 1)..].StartsWith("SIP/", StringComparison.OrdinalIgnoreCase)
            && SipSyntax.IsToken(line[..first])
        )
        {
            IsRequest = true;
            Method = line[..first].ToString();
            _target = line[first..last].Trim(' ').ToString();
            _version = line[(last + 1)..].ToString();
        }
    }

    public SipParser.Fault? Fault { get; private set; }

    public bool IsRequest { get; }

    public string? Method { get; }

    /// <summary>It has the start line of a request or response.</summary>
    public readonly bool IsSip => _version is not null;

    public void Check()
    {
        CheckStartLine();
        CheckVia();
        CheckSingles();
        CheckParties();
        CheckSequence();
        CheckContacts();
    }

    /// <summary>The body is as long as Content-Length says; without it, all that is left.</summary>
    public void TakeBody(ReadOnlySpan<byte> rest)
    {
        _body = rest;
        if (_headers[HeaderNames.ContentLength] is not { } text)
        {
            return;
        }

        if (_headers.CountOf(HeaderNames.ContentLength) > 1)
        {
            Fail("More than one Content-Length");
        }
        else if (!SipSyntax.TryParseNumber(text, SipMessage.MaxLength, out var length))
        {
            Fail("Bad Content-Length");
        }
        else if (length > rest.Length)
        {
            Fail("Body shorter than Content-Length");
        }
        else
        {
            _body = rest[..(int)length];
        }
    }

    public readonly SipMessage Build()
    {
        var callId = _headers[HeaderNames.CallId]!;
        var body = _body.ToArray();
        return IsRequest
            ? new SipRequest
            {
                Method = Method!,
                Uri = _uri!,
                Headers = _headers,
                Via = _via,
                From = _from!,
                To = _to!,
                CallId = callId,
                CSeq = _cseq,
                Body = body,
            }
            : new SipResponse
            {
                StatusCode = _status,
                ReasonPhrase = _target.Length > 3 ? _target[4..] : "",
                Headers = _headers,
                Via = _via,
                From = _from!,
                To = _to!,
                CallId = callId,
                CSeq = _cseq,
                Body = body,
            };
    }

    private void CheckStartLine()
    {
        if (!string.Equals(_version, "SIP/2.0", StringComparison.OrdinalIgnoreCase))
        {
            Fail("Version Not Supported", StatusCodes.VersionNotSupported);
        }
        else if (!IsRequest)
        {
            // Status-Code is three digits; an empty reason is legal, and its space is often forgotten.
            if (
                _target.Length < 3
                || !int.TryParse(_target.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out _status)
                || _status is < 100 or > 699
                || (_target.Length > 3 && _target[3] != ' ')
            )
            {
                Fail("Bad status code");
            }
        }
        else if (!SipUri.TryParse(_target, out _uri))
        {
            Fail("Bad Request-URI");
        }
        else if (_uri.Headers is not null)
        {
            // RFC 3261 section 19.1.1: headers are not allowed in a Request-URI.
            Fail("Headers in the Request-URI");
        }
    }

    private void CheckVia()
    {
        var count = 0;
        foreach (var element in _headers.Elements(HeaderNames.Via))
        {
            if (!ViaHeader.TryParse(element, out var via))
            {
                Fail("Bad Via");
                return;
            }

            _via ??= via;
            if (++count > SipMessage.MaxVias)
            {
                Fail("Too many Via");
                return;
            }
        }

        if (count == 0)
        {
            Fail("No Via");
        }
    }

    private void CheckSingles()
    {
        foreach (var name in (ReadOnlySpan<string>)[HeaderNames.From, HeaderNames.To, HeaderNames.CallId, HeaderNames.CSeq])
        {
            var count = _headers.CountOf(name);
            if (count != 1)
            {
                Fail(count == 0 ? $"No {name}" : $"More than one {name}");
            }
        }

        var hops = _headers[HeaderNames.MaxForwards];
        if (_headers.CountOf(HeaderNames.MaxForwards) > 1 || (hops is not null && !SipSyntax.TryParseNumber(hops, 255, out _)))
        {
            Fail("Bad Max-Forwards");
        }
    }

    private void CheckParties()
    {
        string? problem = null;
        if (Fault is null && !NameAddress.TryParse(_headers[HeaderNames.From], out _from, out problem))
        {
            Fail($"Bad From: {problem}");
        }

        if (Fault is null && !NameAddress.TryParse(_headers[HeaderNames.To], out _to, out problem))
        {
            Fail($"Bad To: {problem}");
        }

        if (Fault is null && !SipSyntax.IsCallId(_headers[HeaderNames.CallId]))
        {
            Fail("Bad Call-ID");
        }
    }

    private void CheckSequence()
    {
        if (Fault is not null)
        {
            return;
        }

        if (!CSeq.TryParse(_headers[HeaderNames.CSeq], out _cseq))
        {
            Fail("Bad CSeq");
        }
        else if (IsRequest && _cseq.Method != Method)
        {
            // RFC 4475 section 3.1.2.18: of a method that nobody knows, that is what to say.
            var isKnown = SipMethods.IsKnown(Method!);
            Fail(isKnown ? "CSeq has another method" : "Not Implemented", isKnown ? StatusCodes.BadRequest : StatusCodes.NotImplemented);
        }
    }

    private void CheckContacts()
    {
        if (!IsRequest || Fault is not null || _headers[HeaderNames.Contact] is "*")
        {
            return;
        }

        foreach (var element in _headers.Elements(HeaderNames.Contact))
        {
            if (!NameAddress.TryParse(element, out _, out var problem))
            {
                Fail($"Bad Contact: {problem}");
                return;
            }
        }
    }

    private void Fail(string reason, int status = StatusCodes.BadRequest) => Fault ??= new SipParser.Fault(status, reason);
}
