using Mcu.Sdp.Parsing;

namespace Mcu.Sdp;

/// <summary>The o= line (RFC 8866 section 5.2).</summary>
public sealed record SdpOrigin(string UserName, ulong SessionId, ulong SessionVersion, string Address)
{
    /// <summary>An origin that tells nothing about the host (RFC 8828).</summary>
    public static SdpOrigin Anonymous(ulong sessionId, ulong version) => new("-", sessionId, version, "IN IP4 127.0.0.1");

    public override string ToString() => $"{UserName} {SessionId} {SessionVersion} {Address}";
}

/// <summary>A <c>a=group</c> line (RFC 5888 section 5).</summary>
public sealed record MediaGroup(string Semantics, IReadOnlyList<string> Mids)
{
    public const string Bundle = "BUNDLE";
}

/// <summary>A session description (RFC 8866): text to model with <see cref="TryParse(ReadOnlySpan{char}, out SessionDescription?, out SdpError?)"/>, and back with <see cref="ToString"/>.</summary>
public sealed class SessionDescription
{
    /// <summary>Longest text that is looked at, in characters.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Most media sections.</summary>
    public const int MaxMediaSections = 64;

    public SdpOrigin Origin { get; set; } = SdpOrigin.Anonymous(0, 0);

    public string Name { get; set; } = "-";

    /// <summary>Value of <c>c=</c>, or null.</summary>
    public string? Connection { get; set; }

    /// <summary>Value of the first <c>t=</c>.</summary>
    public string Timing { get; set; } = "0 0";

    /// <summary>All other lines than attributes.</summary>
    public IList<SdpLine> OtherLines { get; } = [];

    public IList<MediaGroup> Groups { get; } = [];

    public bool IceLite { get; set; }

    public bool ExtmapAllowMixed { get; set; }

    /// <summary>The direction that sections without their own have, or null.</summary>
    public MediaDirection? Direction { get; set; }

    public TransportAttributes Transport { get; } = new();

    /// <summary>Extensions declared for all sections.</summary>
    public IList<HeaderExtension> Extensions { get; } = [];

    public IList<SdpAttribute> OtherAttributes { get; } = [];

    public IList<MediaDescription> Media { get; } = [];

    /// <summary>Parses a description. On failure <paramref name="error"/> names the line and what to change. Never throws.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SessionDescription? description, out SdpError? error) =>
        SessionParser.TryParse(text, out description, out error);

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out SessionDescription?, out SdpError?)"/>
    public static bool TryParse(string text, out SessionDescription? description, out SdpError? error) =>
        TryParse(text.AsSpan(), out description, out error);

    /// <summary>The first BUNDLE group's mids; empty if there is none.</summary>
    public IReadOnlyList<string> BundledMids
    {
        get
        {
            foreach (var group in Groups)
            {
                if (group.Semantics == MediaGroup.Bundle)
                {
                    return group.Mids;
                }
            }

            return [];
        }
    }

    public MediaDescription? MediaWithMid(string mid)
    {
        foreach (var media in Media)
        {
            if (media.Mid == mid)
            {
                return media;
            }
        }

        return null;
    }

    /// <summary>The description as text with CRLF line ends.</summary>
    public override string ToString() => SdpWriter.Write(this);
}
