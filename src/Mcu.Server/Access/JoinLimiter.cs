using System.Net;
using System.Runtime.InteropServices;
using Mcu.Server.Configuration;

namespace Mcu.Server.Access;

/// <summary>
/// Bounds joins per source address, by HTTP and WebSocket together; failed attempts count too. A bucket of one minute's joins that fills
/// evenly, kept as the time at which it is full again: an idle server has nothing to refill, where the framework's limiter wakes up ten times a second.
/// Thread-safe.
/// </summary>
public sealed class JoinLimiter
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Sources remembered; at one more all are forgotten. Whoever commands so many addresses is not held by a limit per address anyway,
    /// and newcomers are not locked out.
    /// </summary>
    internal const int MaxSources = 65_536;

    private readonly TimeProvider _time;
    private readonly TimeSpan _perJoin;
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, DateTimeOffset> _fullAt = [];

    public JoinLimiter(McuOptions options, TimeProvider time)
        : this((options ?? throw new ArgumentNullException(nameof(options))).Limits.JoinsPerMinute, time) { }

    /// <summary>The same with a bound of its own, e.g. for calls, of which a telephone system brings many from one address.</summary>
    public JoinLimiter(int perMinute, TimeProvider time)
    {
        _time = time;
        _perJoin = Window / perMinute;
    }

    /// <summary>Takes one join; false, and how long to wait (at least 1 s), when there were too many.</summary>
    public bool TryTake(IPAddress? source, out TimeSpan retryAfter)
    {
        var network = Network(source ?? IPAddress.None);
        var now = _time.GetUtcNow();
        lock (_gate)
        {
            if (_fullAt.Count >= MaxSources && !_fullAt.ContainsKey(network))
            {
                _fullAt.Clear();
            }

            ref var fullAt = ref CollectionsMarshal.GetValueRefOrAddDefault(_fullAt, network, out _);
            var next = (fullAt > now ? fullAt : now) + _perJoin;
            var missing = next - now - Window;
            retryAfter = missing > TimeSpan.FromSeconds(1) ? missing : TimeSpan.FromSeconds(1);
            if (missing > TimeSpan.Zero)
            {
                return false;
            }

            fullAt = next;
            return true;
        }
    }

    /// <summary>An IPv6 subscriber owns a /64, so that counts as one source.</summary>
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        if (bytes.Length != 16)
        {
            return address;
        }

        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
