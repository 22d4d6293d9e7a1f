using System.Text;
using Mcu.Sdp.Parsing;

namespace Mcu.Sdp;

/// <summary>A candidate with the section it was trickled for.</summary>
public sealed record TrickledCandidate(string? Mid, IceCandidate Candidate);

/// <summary>The body of type <c>application/trickle-ice-sdpfrag</c> (RFC 8840 section 9) that WHIP's PATCH carries: candidates, or new ICE credentials for a restart.</summary>
public sealed class SdpFragment
{
    /// <summary>Longest text that is looked at, in characters.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>The media type of this text.</summary>
    public const string ContentType = "application/trickle-ice-sdpfrag";

    public string? IceUfrag { get; set; }

    public string? IcePwd { get; set; }

    public string? IceOptions { get; set; }

    public bool IceLite { get; set; }

    public IList<TrickledCandidate> Candidates { get; } = [];

    public bool EndOfCandidates { get; set; }

    /// <summary>Parses a fragment. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SdpFragment? fragment, out SdpError? error)
    {
        fragment = null;
        if (text.Length > MaxLength)
        {
            error = new SdpError(0, $"the fragment is {text.Length} characters long; send at most {MaxLength}.");
            return false;
        }

        var parsed = new SdpFragment();
        var lines = new LineReader(text);
        string? mid = null;
        while (lines.TryNext(out var type, out var value, out error))
        {
            if (type == 'm')
            {
                mid = null;
            }

            var message = type == 'a' ? ParseAttribute(parsed, value, ref mid) : null;
            if (message is not null)
            {
                error = new SdpError(lines.Number, message);
                return false;
            }
        }

        fragment = error is null ? parsed : null;
        return error is null;
    }

    /// <summary>The fragment as text with CRLF line ends; candidates stand in one pseudo media section per mid (RFC 8840 section 4.4).</summary>
    public override string ToString()
    {
        var text = new StringBuilder(512);
        Append(text, "ice-ufrag", IceUfrag);
        Append(text, "ice-pwd", IcePwd);
        Append(text, "ice-options", IceOptions);
        text.Append(IceLite ? "a=ice-lite\r\n" : "");
        // Those of no section first: behind a section's line they would be that section's.
        var sections = Candidates.GroupBy(trickled => trickled.Mid, StringComparer.Ordinal);
        foreach (var section in sections.OrderBy(section => section.Key is not null))
        {
            if (section.Key is not null)
            {
                text.Append("m=audio 9 ").Append(MediaDescription.WebRtcProtocol).Append(" 0\r\n");
                Append(text, "mid", section.Key);
            }

            foreach (var trickled in section)
            {
                text.Append("a=").Append(trickled.Candidate).Append("\r\n");
            }
        }

        text.Append(EndOfCandidates ? "a=end-of-candidates\r\n" : "");
        return text.ToString();
    }

    private static string? ParseAttribute(SdpFragment fragment, ReadOnlySpan<char> attribute, ref string? mid)
    {
        AttributeSyntax.Split(attribute, out var name, out var value);
        if (name is "mid")
        {
            mid = value.ToString();
            return MediaAttributeParser.CheckMid(value);
        }

        fragment.IceLite |= name is "ice-lite";
        var transport = new TransportAttributes();
        if (!TransportAttributeParser.TryParse(transport, name, value, out var message) || message is not null)
        {
            return message;
        }

        fragment.IceUfrag ??= transport.IceUfrag;
        fragment.IcePwd ??= transport.IcePwd;
        fragment.IceOptions ??= transport.IceOptions;
        fragment.EndOfCandidates |= transport.EndOfCandidates;
        foreach (var candidate in transport.Candidates)
        {
            if (fragment.Candidates.Count == TransportAttributeParser.MaxCandidates)
            {
                return $"more than {TransportAttributeParser.MaxCandidates} candidates in one fragment; send fewer.";
            }

            fragment.Candidates.Add(new TrickledCandidate(mid, candidate));
        }

        return null;
    }

    private static void Append(StringBuilder text, string name, string? value)
    {
        if (value is not null)
        {
            text.Append("a=").Append(name).Append(':').Append(value).Append("\r\n");
        }
    }
}
