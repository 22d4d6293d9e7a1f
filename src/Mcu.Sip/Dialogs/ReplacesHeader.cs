using Mcu.Sip.Messages;

namespace Mcu.Sip.Dialogs;

/// <summary>Replaces (RFC 3891 section 6.1): the dialog of ours whose place a new call takes.</summary>
/// <param name="Dialog">From our side: to-tag is our tag.</param>
/// <param name="IsEarlyOnly">Not if it is answered already.</param>
internal readonly record struct ReplacesHeader(DialogId Dialog, bool IsEarlyOnly)
{
    public static bool TryParse(string text, out ReplacesHeader value)
    {
        value = default;
        var reader = new FieldReader(text);
        var callId = reader.TakeUntil("; \t").ToString();
        var parameters = new SipParameters();
        if (
            !SipSyntax.IsCallId(callId)
            || !SipParameters.TryRead(ref reader, parameters)
            || !reader.IsEnd
            || parameters.Get("to-tag") is not { } toTag
            || parameters.Get("from-tag") is not { } fromTag
        )
        {
            return false;
        }

        value = new ReplacesHeader(new DialogId(callId, toTag, fromTag), parameters.Has("early-only"));
        return true;
    }
}
