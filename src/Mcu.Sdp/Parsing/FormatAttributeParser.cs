using System.Globalization;

namespace Mcu.Sdp.Parsing;

/// <summary>Payload formats and sources: rtpmap, fmtp, rtcp-fb, ptime, ssrc, ssrc-group.</summary>
internal static class FormatAttributeParser
{
    private const int MaxGroupSsrcs = 32;
    private const int FirstDynamicType = 96;

    public static bool TryParse(MediaDescription media, ReadOnlySpan<char> name, ReadOnlySpan<char> value, out string? message)
    {
        message = null;
        switch (name)
        {
            case "rtpmap":
                message = ParseRtpMap(media, value);
                return true;
            case "fmtp":
                message = ParseParameters(media, value);
                return true;
            case "rtcp-fb":
                message = ParseFeedback(media, value);
                return true;
            case "ptime":
                media.PacketTimeMs = Milliseconds(value, ref message);
                return true;
            case "maxptime":
                media.MaxPacketTimeMs = Milliseconds(value, ref message);
                return true;
            case "ssrc":
                message = ParseSsrc(media, value);
                return true;
            case "ssrc-group":
                message = ParseSsrcGroup(media, value);
                return true;
            default:
                return false;
        }
    }

    /// <summary>rtpmap:&lt;payload type&gt; &lt;encoding&gt;/&lt;clock rate&gt;[/&lt;channels&gt;]; of payload types that are not on the m-line: ignored.</summary>
    private static string? ParseRtpMap(MediaDescription media, ReadOnlySpan<char> value)
    {
        const string Expected = "'a=rtpmap' must be '<payload type> <encoding>/<clock rate>[/<channels>]'.";
        var tokens = new TokenReader(value);
        if (!TryPayloadType(ref tokens, out var payloadType) || !tokens.TryNext(out var map))
        {
            return Expected;
        }

        // Of a static payload type RFC 3551 says all there is to say; RFC 4475's own sessions have it without a clock rate.
        if (payloadType < FirstDynamicType && !map.Contains('/'))
        {
            return null;
        }

        var parts = new TokenReader(map, '/');
        var channels = 1;
        if (
            !parts.TryNext(out var encoding)
            || !parts.TryNext(out var rateText)
            || !int.TryParse(rateText, NumberStyles.None, CultureInfo.InvariantCulture, out var rate)
            || rate == 0
            || (
                parts.TryNext(out var channelText)
                && (!int.TryParse(channelText, NumberStyles.None, CultureInfo.InvariantCulture, out channels) || channels is < 1 or > 255)
            )
        )
        {
            return Expected;
        }

        if (media.Format(payloadType) is { } format)
        {
            format.Encoding = encoding.ToString();
            format.ClockRate = rate;
            format.Channels = channels;
        }

        return null;
    }

    private static string? ParseParameters(MediaDescription media, ReadOnlySpan<char> value)
    {
        var tokens = new TokenReader(value);
        if (!TryPayloadType(ref tokens, out var payloadType))
        {
            return "'a=fmtp' must be '<payload type> <parameters>'.";
        }

        if (media.Format(payloadType) is { } format)
        {
            format.Parameters = new FormatParameters(tokens.Rest.ToString());
        }

        return null;
    }

    private static string? ParseFeedback(MediaDescription media, ReadOnlySpan<char> value)
    {
        const string Expected = "'a=rtcp-fb' must be '<payload type or *> <feedback>'.";
        var tokens = new TokenReader(value);
        if (value.StartsWith("* ", StringComparison.Ordinal))
        {
            tokens.TryNext(out _);
            Add(media.WildcardFeedback, tokens.Rest);
            return null;
        }

        if (!TryPayloadType(ref tokens, out var payloadType) || tokens.Rest.IsEmpty)
        {
            return Expected;
        }

        if (media.Format(payloadType) is { } format)
        {
            Add(format.Feedback, tokens.Rest);
        }

        return null;
    }

    private static void Add(IList<string> feedback, ReadOnlySpan<char> value) => feedback.Add(value.TrimEnd(' ').ToString());

    private static string? ParseSsrc(MediaDescription media, ReadOnlySpan<char> value)
    {
        var tokens = new TokenReader(value);
        if (!TrySsrc(ref tokens, out var ssrc) || tokens.Rest.IsEmpty)
        {
            return "'a=ssrc' must be '<ssrc> <attribute>[:<value>]'.";
        }

        var attribute = AttributeSyntax.Keep(tokens.Rest);
        media.SsrcAttributes.Add(new SsrcAttribute(ssrc, attribute.Name, attribute.Value));
        return null;
    }

    private static string? ParseSsrcGroup(MediaDescription media, ReadOnlySpan<char> value)
    {
        var tokens = new TokenReader(value);
        if (!tokens.TryNext(out var semantics))
        {
            return "'a=ssrc-group' must be '<semantics> <ssrc> …'.";
        }

        var ssrcs = new List<uint>();
        while (!tokens.Rest.IsEmpty)
        {
            if (!TrySsrc(ref tokens, out var ssrc) || ssrcs.Count == MaxGroupSsrcs)
            {
                return $"'a=ssrc-group' must list at most {MaxGroupSsrcs} 32-bit numbers.";
            }

            ssrcs.Add(ssrc);
        }

        media.SsrcGroups.Add(new SsrcGroup(semantics.ToString(), ssrcs));
        return null;
    }

    private static bool TrySsrc(ref TokenReader tokens, out uint ssrc)
    {
        ssrc = 0;
        return tokens.TryNext(out var text) && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ssrc);
    }

    private static bool TryPayloadType(ref TokenReader tokens, out int payloadType)
    {
        payloadType = 0;
        return tokens.TryNext(out var text)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out payloadType)
            && payloadType <= 127;
    }

    /// <summary>Milliseconds; fractions, which RFC 8866 section 6.4 allows, are cut off.</summary>
    private static int? Milliseconds(ReadOnlySpan<char> value, ref string? message)
    {
        var dot = value.IndexOf('.');
        var whole = dot < 0 ? value : value[..dot];
        if (int.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return milliseconds;
        }

        message = "packet times must be a number of milliseconds.";
        return null;
    }
}
