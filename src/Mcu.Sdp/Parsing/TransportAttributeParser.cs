namespace Mcu.Sdp.Parsing;

/// <summary>ICE (RFC 8839) and DTLS (RFC 8122, RFC 8842) attributes, at either level.</summary>
internal static class TransportAttributeParser
{
    public const int MaxCandidates = 128;
    private const int MaxFingerprints = 8;

    /// <summary>True if the attribute is one of these; <paramref name="message"/> then says what is wrong with it, if anything.</summary>
    public static bool TryParse(TransportAttributes transport, ReadOnlySpan<char> name, ReadOnlySpan<char> value, out string? message)
    {
        message = null;
        switch (name)
        {
            case "ice-ufrag":
                message = IsIceString(value, 4) ? null : "'a=ice-ufrag' must be 4 to 256 letters, digits, '+' or '/'.";
                transport.IceUfrag = value.ToString();
                return true;
            case "ice-pwd":
                message = IsIceString(value, 22) ? null : "'a=ice-pwd' must be 22 to 256 letters, digits, '+' or '/'.";
                transport.IcePwd = value.ToString();
                return true;
            case "ice-options":
                transport.IceOptions = value.ToString();
                return true;
            case "fingerprint":
                message = ParseFingerprint(transport, value);
                return true;
            case "setup":
                message = ParseSetup(transport, value);
                return true;
            case "end-of-candidates":
                transport.EndOfCandidates = true;
                return true;
            case "candidate":
                return TryCandidate(transport, value, out message);
            default:
                return false;
        }
    }

    private static bool TryCandidate(TransportAttributes transport, ReadOnlySpan<char> value, out string? message)
    {
        message = null;
        switch (CandidateParser.TryParse(value, out var candidate))
        {
            case CandidateParse.Malformed:
                message = "the candidate is malformed; see RFC 8839 section 5.1.";
                return true;
            case CandidateParse.UnknownTransport:
                return false;
            default:
                message =
                    transport.Candidates.Count < MaxCandidates ? null : $"more than {MaxCandidates} candidates in one section; send fewer.";
                transport.Candidates.Add(candidate!);
                return true;
        }
    }

    private static string? ParseFingerprint(TransportAttributes transport, ReadOnlySpan<char> value)
    {
        if (!DtlsFingerprint.TryParse(value, out var fingerprint))
        {
            return "'a=fingerprint' must be '<hash> <hex>:<hex>:…', e.g. 'sha-256 AB:CD:…'.";
        }

        if (transport.Fingerprints.Count == MaxFingerprints)
        {
            return $"more than {MaxFingerprints} fingerprints in one section; send fewer.";
        }

        transport.Fingerprints.Add(fingerprint!);
        return null;
    }

    private static string? ParseSetup(TransportAttributes transport, ReadOnlySpan<char> value)
    {
        transport.Setup = value switch
        {
            "actpass" => DtlsSetup.ActPass,
            "active" => DtlsSetup.Active,
            "passive" => DtlsSetup.Passive,
            "holdconn" => DtlsSetup.HoldConnection,
            _ => null,
        };
        return transport.Setup is null ? "'a=setup' must be actpass, active, passive or holdconn." : null;
    }

    private static bool IsIceString(ReadOnlySpan<char> value, int minLength)
    {
        foreach (var character in value)
        {
            // ice-char = ALPHA / DIGIT / "+" / "/"; some stacks also use '-', '_' and '='.
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('+' or '/' or '-' or '_' or '='))
            {
                return false;
            }
        }

        return value.Length >= minLength && value.Length <= 256;
    }
}
