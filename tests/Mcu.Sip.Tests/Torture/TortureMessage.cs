using System.Text;

namespace Mcu.Sip.Tests.Torture;

/// <summary>One message of RFC 4475 or RFC 5118, by the name that it has there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">With LF for CRLF, and marks for what cannot be printed.</param>
public sealed record TortureMessage(string Name, string Text)
{
    public byte[] Bytes { get; } = Encode(Text);

    public override string ToString() => Name;

    /// <summary>The session that most messages carry.</summary>
    public static string Body(string address, string timing = "0 0", string? connection = null) =>
        $"""
            v=0
            o=mhandley 29739 7272939 IN IP4 {address}
            s=-
            c=IN IP4 {connection ?? address}
            t={timing}
            m=audio 49217 RTP/AVP 0 12
            m=video 3227 RTP/AVP 31
            a=rtpmap:31 LPC

            """;

    public static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    /// <summary>What is between {hex: and } stands for its bytes.</summary>
    private static byte[] Encode(string text)
    {
        using var bytes = new MemoryStream();
        for (var rest = text; rest.Length > 0; )
        {
            var mark = rest.IndexOf("{hex:", StringComparison.Ordinal);
            var plain = mark < 0 ? rest : rest[..mark];
            bytes.Write(Encoding.UTF8.GetBytes(plain.Replace("\n", "\r\n", StringComparison.Ordinal)));
            if (mark < 0)
            {
                break;
            }

            var end = rest.IndexOf('}', mark);
            bytes.Write(Convert.FromHexString(rest[(mark + 5)..end].Replace("\n", "", StringComparison.Ordinal)));
            rest = rest[(end + 1)..];
        }

        return bytes.ToArray();
    }
}
