using Mcu.Sip.Calls;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip;

/// <summary>What all parts of a user agent share: timers, transactions, the way out, and the calls by their dialogs.</summary>
internal sealed class SipCore
{
    private readonly Dictionary<DialogId, SipCall> _byDialog = [];
    private readonly HashSet<SipCall> _calls = [];

    public SipCore(SipUserAgentOptions options)
    {
        Options = options;
        Transactions = new TransactionLayer(Timers, options.Timing, options.Transport, options.MaxTransactions);
        Requests = new RequestSender(Transactions, options.Transport, options.Random, options.LargeRequestsOverTcp);
    }

    public SipUserAgentOptions Options { get; }

    public SipTimers Timers { get; } = new();

    public TransactionLayer Transactions { get; }

    public RequestSender Requests { get; }

    public ISipUserAgentHandler Handler => Options.Handler;

    public IRandomSource Random => Options.Random;

    public IReadOnlyCollection<SipCall> Calls => _calls;

    public int DialogCount => _byDialog.Count;

    public bool HasRoomForCall => _calls.Count < Options.MaxCalls;

    public void Add(SipCall call) => _calls.Add(call);

    public void Remove(SipCall call) => _calls.Remove(call);

    public void Add(DialogId id, SipCall call) => _byDialog.TryAdd(id, call);

    public void Remove(DialogId id) => _byDialog.Remove(id);

    public SipCall? Find(DialogId id) => _byDialog.GetValueOrDefault(id);

    public string NewTag() => Random.NextToken(8);

    /// <summary>Says in a message what we can do (RFC 3261 section 11.2).</summary>
    public static void AddCapabilities(SipMessage message) =>
        message
            .Headers.Set(HeaderNames.Allow, string.Join(", ", SipMethods.Supported))
            .Set(HeaderNames.Supported, string.Join(", ", Extensions.Supported));

    public void AddProduct(SipMessage message)
    {
        if (Options.Product is { } product)
        {
            message.Headers.Set(message is SipRequest ? HeaderNames.UserAgent : HeaderNames.Server, WireText.FromText(product));
        }
    }
}

/// <summary>Option tags.</summary>
internal static class Extensions
{
    public const string Reliable = "100rel";
    public const string Replaces = "replaces";
    public const string Timer = "timer";

    public static IReadOnlyList<string> Supported { get; } = [Reliable, Replaces, Timer];

    /// <summary>What a request requires that we do not know (RFC 3261 section 8.2.2.3).</summary>
    public static IReadOnlyList<string> Unsupported(SipRequest request) =>
        [
            .. request
                .Headers.Elements(HeaderNames.Require)
                .Where(tag => tag.Length > 0 && !Supported.Contains(tag, StringComparer.OrdinalIgnoreCase)),
        ];
}
