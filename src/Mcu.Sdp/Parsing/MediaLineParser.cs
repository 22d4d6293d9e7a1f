using System.Globalization;

namespace Mcu.Sdp.Parsing;

/// <summary><c>m=&lt;media&gt; &lt;port&gt; &lt;proto&gt; &lt;fmt&gt; …</c> (RFC 8866 section 5.14).</summary>
internal static class MediaLineParser
{
    public static bool TryParse(ReadOnlySpan<char> value, out MediaDescription? media, out string? message)
    {
        media = null;
        message = "the media line must be 'm=<media> <port> <proto> <formats>' with a port of 0 to 65535.";
        var tokens = new TokenReader(value);
        if (
            !tokens.TryNext(out var kind)
            || !tokens.TryNext(out var portText)
            || !ushort.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || !tokens.TryNext(out var protocol)
            || tokens.Rest.TrimEnd(' ').IsEmpty
        )
        {
            return false;
        }

        var isRtp = protocol.Contains("RTP", StringComparison.Ordinal);
        media = new MediaDescription
        {
            Media = kind.ToString(),
            Port = port,
            Protocol = protocol.ToString(),
            NonRtpFormats = isRtp ? null : tokens.Rest.ToString(),
        };
        return !isRtp || TryFormats(media, tokens, out message);
    }

    private static bool TryFormats(MediaDescription media, TokenReader tokens, out string? message)
    {
        while (tokens.TryNext(out var token))
        {
            if (!byte.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var payloadType) || payloadType > 127)
            {
                message = "payload types must be numbers from 0 to 127.";
                return false;
            }

            if (media.Format(payloadType) is not null)
            {
                message = $"payload type {payloadType} is listed twice; list each once.";
                return false;
            }

            media.Formats.Add(StaticFormat(payloadType));
        }

        message = null;
        return true;
    }

    /// <summary>The static assignments of RFC 3551 section 6 that need no rtpmap, as far as this MCU speaks them.</summary>
    private static PayloadFormat StaticFormat(byte payloadType)
    {
        var encoding = payloadType switch
        {
            0 => "PCMU",
            8 => "PCMA",
            9 => "G722",
            _ => "",
        };
        return new PayloadFormat
        {
            PayloadType = payloadType,
            Encoding = encoding,
            ClockRate = encoding.Length > 0 ? 8000 : 0,
        };
    }
}
