using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Mcu.Sip.Messages;

/// <summary>One element of Via (RFC 3261 section 20.42): through which hop a request came, and so where its response goes.</summary>
public sealed class ViaHeader
{
    /// <summary>What a branch of RFC 3261 begins with (section 8.1.1.7).</summary>
    public const string MagicCookie = "z9hG4bK";

    private ViaHeader(string version, string transport, HostPort sentBy, SipParameters parameters)
    {
        Version = version;
        Transport = transport;
        SentBy = sentBy;
        Parameters = parameters;
    }

    public ViaHeader(SipTransport transport, HostPort sentBy, string branch)
        : this("2.0", transport.ToToken(), sentBy, new SipParameters().Set("rport").Set("branch", branch)) { }

    public string Version { get; }

    /// <summary>As it was written, in upper case.</summary>
    public string Transport { get; }

    public HostPort SentBy { get; }

    public SipParameters Parameters { get; }

    public string? Branch => Parameters.Get("branch");

    /// <summary>The sender knows RFC 3261: its branch names the transaction. A cookie with nothing behind it names none.</summary>
    public bool HasTransactionId =>
        Branch is { } branch && branch.Length > MagicCookie.Length && branch.StartsWith(MagicCookie, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where the request really came from, with or without brackets (RFC 5118 section 4.5); null where it is not said.</summary>
    public IPAddress? Received
    {
        get
        {
            var text = Parameters.Get("received")?.Trim('[', ']');
            return text is not null && IPAddress.TryParse(text, out var address) ? address : null;
        }
    }

    /// <summary>The port of <see cref="Received"/> (RFC 3581); 0 where it is not said.</summary>
    public ushort ReceivedPort =>
        ushort.TryParse(Parameters.Get("rport"), NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : (ushort)0;

    /// <summary>The sender takes itself to be elsewhere than where it was seen.</summary>
    internal bool IsBehindNat
    {
        get
        {
            var isElsewhere = Received is { } received && SentBy.Address is { } address && !received.Equals(address);
            var port = SentBy.Port == 0 ? SipTransport.Udp.DefaultPort() : SentBy.Port;
            return isElsewhere || (ReceivedPort != 0 && ReceivedPort != port);
        }
    }

    /// <summary>Adds what the receiver of a request knows better than its sender: address and, if it asks, port (RFC 3261 section 18.2.1, RFC 3581).</summary>
    internal void AddReceived(IPEndPoint source)
    {
        var asksForPort = Parameters.Has("rport");
        if (asksForPort)
        {
            Parameters.Set("rport", source.Port.ToString(CultureInfo.InvariantCulture));
        }

        var address = source.Address.IsIPv4MappedToIPv6 ? source.Address.MapToIPv4() : source.Address;
        if (asksForPort || !address.Equals(SentBy.Address))
        {
            Parameters.Set("received", address.ToString());
        }
        else
        {
            // Only we may say it: a sender that does would choose where its response goes.
            Parameters.Remove("received");
        }
    }

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ViaHeader? value) =>
        TryParse(text, out value, out var isWhole) && isWhole;

    /// <summary>Parses as much as an answer needs: protocol and host; <paramref name="isWhole"/> says whether the rest is in order too.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out ViaHeader? value, out bool isWhole)
    {
        value = null;
        isWhole = false;
        // sent-protocol = "SIP" SLASH version SLASH transport, each with white space around it if the sender likes.
        var reader = new FieldReader(text.Trim(" \t"));
        if (
            !reader.TryToken(out var protocol)
            || !protocol.Equals("SIP", StringComparison.OrdinalIgnoreCase)
            || !reader.TryTake('/')
            || !reader.TryToken(out var version)
            || !reader.TryTake('/')
            || !reader.TryToken(out var transport)
            || !SipSyntax.IsSpace(reader.Peek)
        )
        {
            return false;
        }

        var versionText = version.ToString();
        var transportText = transport.ToString().ToUpperInvariant();
        reader.SkipSpace();
        var host = reader.TakeUntil(";, \t");
        reader.SkipSpace();
        // COLON may have white space around it too.
        if (reader.TryTake(':'))
        {
            host = string.Concat(host, ":", reader.TakeUntil(";, \t"));
        }

        var parameters = new SipParameters();
        if (!HostPort.TryParse(host, out var sentBy))
        {
            return false;
        }

        isWhole = SipParameters.TryRead(ref reader, parameters) && reader.IsEnd;
        value = new ViaHeader(versionText, transportText, sentBy, parameters);
        return true;
    }

    public override string ToString() => $"SIP/{Version}/{Transport} {SentBy}{Parameters}";
}
