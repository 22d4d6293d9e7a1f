using System.Globalization;
using System.Text;

namespace Mcu.Sip.Messages;

/// <summary>Writes a message: start line, header rows in their order, Content-Length always, the body.</summary>
internal static class MessageWriter
{
    public static byte[] Write(SipMessage message)
    {
        var text = new StringBuilder(1024);
        switch (message)
        {
            case SipRequest request:
                text.Append(request.Method).Append(' ').Append(request.Uri).Append(" SIP/2.0\r\n");
                break;
            case SipResponse response:
                text.Append("SIP/2.0 ")
                    .Append(response.StatusCode.ToString(CultureInfo.InvariantCulture))
                    .Append(' ')
                    .Append(response.ReasonPhrase)
                    .Append("\r\n");
                break;
            default:
                throw new ArgumentException("A message is a request or a response.", nameof(message));
        }

        foreach (var row in message.Headers)
        {
            if (row.Name != HeaderNames.ContentLength)
            {
                text.Append(row.Name).Append(": ").Append(row.Value).Append("\r\n");
            }
        }

        text.Append(HeaderNames.ContentLength)
            .Append(": ")
            .Append(message.Body.Length.ToString(CultureInfo.InvariantCulture))
            .Append("\r\n\r\n");
        var bytes = new byte[text.Length + message.Body.Length];
        var length = Encoding.Latin1.GetBytes(text.ToString(), bytes);
        message.Body.Span.CopyTo(bytes.AsSpan(length));
        return bytes;
    }
}
