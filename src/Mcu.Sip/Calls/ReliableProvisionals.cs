using System.Globalization;
using Mcu.Media;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>Sends provisional responses so that they arrive (RFC 3262 section 3): one at a time, repeated until its PRACK comes.</summary>
internal sealed class ReliableProvisionals
{
    private const int MaxWaiting = 8;

    private readonly SipCore _core;
    private readonly ServerTransaction _transaction;
    private readonly Queue<SipResponse> _waiting = new();
    private readonly SipTimer _repeat;
    private readonly SipTimer _limit;
    private SipResponse? _pending;
    private TimeSpan _interval;
    private uint _sequence;

    /// <param name="core">The user agent.</param>
    /// <param name="transaction">The INVITE.</param>
    /// <param name="lost">Called if no PRACK came in time.</param>
    public ReliableProvisionals(SipCore core, ServerTransaction transaction, Action<MediaTime> lost)
    {
        _core = core;
        _transaction = transaction;
        _repeat = new SipTimer(OnRepeat);
        _limit = new SipTimer(now =>
        {
            Stop();
            lost(now);
        });

        // RSeq begins anywhere below 2^31.
        Span<byte> start = stackalloc byte[2];
        core.Random.Fill(start);
        _sequence = BitConverter.ToUInt16(start);
    }

    /// <summary>A final response has to wait: one with a session is not acknowledged yet (RFC 3262 section 5).</summary>
    public bool HoldsSession => _pending?.Body.Length > 0 || _waiting.Any(response => response.Body.Length > 0);

    public void Send(SipResponse response, MediaTime now)
    {
        if (_pending is not null)
        {
            if (_waiting.Count < MaxWaiting)
            {
                _waiting.Enqueue(response);
            }

            return;
        }

        _pending = response;
        response
            .Headers.Add(HeaderNames.Require, Extensions.Reliable)
            .Add(HeaderNames.RSeq, (++_sequence).ToString(CultureInfo.InvariantCulture));
        _interval = _core.Options.Timing.T1;
        _core.Timers.Set(_repeat, now + _interval);
        _core.Timers.Set(_limit, now + _core.Options.Timing.Timeout);
        _transaction.Respond(response, now);
    }

    /// <summary>Whether a PRACK is for the response that waits for it. RAck = response-num LWS CSeq-num LWS Method.</summary>
    public bool IsFor(SipRequest prack)
    {
        var invite = _transaction.Request.CSeq;
        var parts = prack.Headers[HeaderNames.RAck]?.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];
        return _pending is not null
            && parts.Length == 3
            && SipSyntax.TryParseNumber(parts[0], uint.MaxValue, out var number)
            && SipSyntax.TryParseNumber(parts[1], CSeq.Max, out var sequence)
            && number == _sequence
            && sequence == invite.Number
            && parts[2] == invite.Method;
    }

    /// <summary>The response arrived; the next one that waits goes out.</summary>
    public void Acknowledge(MediaTime now)
    {
        _pending = null;
        _core.Timers.Clear(_repeat);
        _core.Timers.Clear(_limit);
        if (_waiting.TryDequeue(out var next))
        {
            Send(next, now);
        }
    }

    public void Stop()
    {
        _pending = null;
        _waiting.Clear();
        _core.Timers.Clear(_repeat);
        _core.Timers.Clear(_limit);
    }

    private void OnRepeat(MediaTime now)
    {
        if (_pending is { } pending)
        {
            _interval *= 2;
            _core.Timers.Set(_repeat, now + _interval);
            _transaction.Respond(pending, now);
        }
    }
}
