namespace Mcu.Sip.Messages;

/// <summary>Why a message was not taken.</summary>
/// <param name="StatusCode">What a request of this kind is answered with; a response is dropped.</param>
/// <param name="Reason">What is wrong with it, for people; short enough for a status line.</param>
/// <param name="Rejected">What an answer is made of; null if the message cannot be answered: a response, an ACK, or no Via to send it to.</param>
public sealed record SipParseError(int StatusCode, string Reason, RejectedRequest? Rejected)
{
    public override string ToString() => $"{StatusCode} {Reason}";
}

/// <summary>A malformed request, in which only the header rows and the top of Via can be relied on.</summary>
public sealed class RejectedRequest
{
    private readonly SipHeaders _headers;

    private readonly bool _isViaWhole;

    internal RejectedRequest(SipHeaders headers, ViaHeader via, bool isViaWhole)
    {
        _headers = headers;
        _isViaWhole = isViaWhole;
        Via = via;
    }

    public ViaHeader Via { get; }

    /// <summary>The answer's bytes: the rows that it repeats are as they came, whatever is wrong with them.</summary>
    public byte[] CreateResponse(int status, string reason, string toTag, string? server = null)
    {
        var rows = new SipHeaders();
        foreach (var row in _headers)
        {
            if (row.Name is HeaderNames.Via or HeaderNames.From or HeaderNames.CallId or HeaderNames.CSeq)
            {
                rows.Add(row.Name, row.Value);
            }
            else if (row.Name == HeaderNames.To)
            {
                var isWhole = NameAddress.TryParse(row.Value, out var to, out _);
                rows.Add(row.Name, isWhole && to!.Tag is null ? $"{row.Value};tag={toTag}" : row.Value);
            }
        }

        if (server is not null)
        {
            rows.Add(HeaderNames.Server, server);
        }

        if (_isViaWhole)
        {
            rows.SetFirstElement(HeaderNames.Via, Via.ToString());
        }

        var text = string.Concat(rows.Select(row => $"{row.Name}: {row.Value}\r\n"));
        return WireText.ToBytes($"SIP/2.0 {status} {WireText.FromText(reason)}\r\n{text}Content-Length: 0\r\n\r\n");
    }
}
