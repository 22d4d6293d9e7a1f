using System.Globalization;
using System.Text;
using Mcu.Media;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>The transfers of one call, both ways: REFER, and NOTIFY of what becomes of it (RFC 3515).</summary>
internal sealed class CallTransfers(SipCall call, SipCore core) : IOutgoingRequestUser
{
    private const int MaxActive = 4;
    private const string Package = "refer";

    private int _active;
    private Dialog? _dialog;

    // We have asked for a transfer, and are being told.
    private bool _isWaiting;

    /// <summary>Asks the peer for a transfer.</summary>
    public void Send(Dialog dialog, SipUri target, string? replaces, MediaTime now)
    {
        var referTo = replaces is null ? target.ToString() : $"{target}?Replaces={Uri.EscapeDataString(replaces)}";
        var refer = dialog.CreateRequest(SipMethods.Refer);
        refer.ContactUser = call.LocalUser ?? "";
        refer.Headers.Add(HeaderNames.ReferTo, $"<{referTo}>").Add(HeaderNames.ReferredBy, $"<{call.Local.Uri}>");
        core.AddProduct(refer);
        _isWaiting = true;
        core.Requests.Send(this, refer, dialog.Flow, call.Credentials, dialog.NextSequence, now);
    }

    public void ReceiveRefer(ServerTransaction transaction, Dialog dialog, MediaTime now)
    {
        var request = transaction.Request;
        if (
            request.Headers.CountOf(HeaderNames.ReferTo) != 1
            || !NameAddress.TryParse(request.Headers[HeaderNames.ReferTo], out var target, out _)
            || target.Uri.Parameters.Get("method") is not (null or SipMethods.Invite)
        )
        {
            call.Respond(transaction, StatusCodes.BadRequest, now, "Bad Refer-To");
            return;
        }

        _dialog = dialog;
        var transfer = new SipTransfer(
            target.Uri.AsTarget(),
            ReplacesOf(target.Uri),
            request.Headers[HeaderNames.ReferredBy],
            request.CSeq.Number,
            Report
        );
        // The answer to the REFER says only that we try: what becomes of it is told by NOTIFY, the first at once.
        if (_active >= MaxActive || !core.Handler.OnTransferRequested(call, transfer, now))
        {
            transfer.IsDone = true;
            call.Respond(transaction, StatusCodes.Decline, now);
            return;
        }

        _active++;
        call.Respond(
            transaction,
            StatusCodes.Accepted,
            now,
            null,
            new SipHeader(HeaderNames.Contact, core.Requests.ContactFor(transaction.Flow, call.LocalUser, request.Uri.IsSecure))
        );
        Report(transfer, StatusCodes.Trying, null, now);
    }

    public void ReceiveNotify(ServerTransaction transaction, MediaTime now)
    {
        var request = transaction.Request;
        if (!SipBody.IsType(request.Headers[HeaderNames.Event] ?? "", Package))
        {
            call.Respond(transaction, StatusCodes.BadEvent, now, null, new SipHeader("Allow-Events", Package));
            return;
        }

        if (!_isWaiting)
        {
            call.Respond(transaction, StatusCodes.CallDoesNotExist, now);
            return;
        }

        if (!TryReadStatus(request, out var status))
        {
            call.Respond(transaction, StatusCodes.BadRequest, now, "Bad message/sipfrag");
            return;
        }

        call.Respond(transaction, StatusCodes.Ok, now);
        var isFinal =
            status >= 200
            || (request.Headers[HeaderNames.SubscriptionState] ?? "").StartsWith("terminated", StringComparison.OrdinalIgnoreCase);
        _isWaiting = !isFinal;
        core.Handler.OnTransferProgress(call, status, isFinal, now);
    }

    void IOutgoingRequestUser.OnProvisional(OutgoingRequest request, SipResponse response, MediaTime now) { }

    void IOutgoingRequestUser.OnFinal(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        if (!response.IsSuccess && _isWaiting && call.State != SipCallState.Ended)
        {
            _isWaiting = false;
            core.Handler.OnTransferProgress(call, response.StatusCode, true, now);
        }
    }

    private void Report(SipTransfer transfer, int status, string? reason, MediaTime now)
    {
        if (transfer.IsDone || call.State != SipCallState.Established || _dialog is not { } dialog)
        {
            return;
        }

        transfer.IsDone = status >= 200;
        _active -= transfer.IsDone ? 1 : 0;
        var notify = dialog.CreateRequest(SipMethods.Notify);
        notify.ContactUser = call.LocalUser ?? "";
        notify
            .Headers.Add(HeaderNames.Event, $"{Package};id={transfer.Id.ToString(CultureInfo.InvariantCulture)}")
            .Add(HeaderNames.SubscriptionState, transfer.IsDone ? "terminated;reason=noresource" : "active;expires=180");
        core.AddProduct(notify);
        var line =
            $"SIP/2.0 {status.ToString(CultureInfo.InvariantCulture)} {WireText.FromText(reason ?? StatusCodes.ReasonOf(status))}\r\n";
        notify.SetBody("message/sipfrag;version=2.0", WireText.ToBytes(line));
        core.Requests.Send(NoOutcome.Instance, notify, dialog.Flow, call.Credentials, dialog.NextSequence, now);
    }

    /// <summary>The status line of a message/sipfrag (RFC 3420).</summary>
    private static bool TryReadStatus(SipRequest notify, out int status)
    {
        var text = Encoding.Latin1.GetString(notify.Body.Span[..Math.Min(notify.Body.Length, 64)]);
        status = 0;
        return text.StartsWith("SIP/2.0 ", StringComparison.OrdinalIgnoreCase)
            && text.Length >= 11
            && int.TryParse(text.AsSpan(8, 3), NumberStyles.None, CultureInfo.InvariantCulture, out status)
            && status is >= 100 and <= 699;
    }

    /// <summary>The Replaces header within a Refer-To.</summary>
    private static string? ReplacesOf(SipUri uri)
    {
        const string Name = HeaderNames.Replaces + "=";
        var header = uri.Headers?.Split('&').FirstOrDefault(item => item.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        return header is null ? null : SipSyntax.Unescape(header[Name.Length..]);
    }
}
