using System.Net;
using System.Threading.RateLimiting;
using Mcu.Server.Configuration;

namespace Mcu.Server.Access;

/// <summary>Bounds joins per source address, by HTTP and WebSocket together; failed attempts count too.</summary>
public sealed class JoinLimiter : IDisposable
{
    private readonly PartitionedRateLimiter<IPAddress> _limiter;

    public JoinLimiter(McuOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var perMinute = options.Limits.JoinsPerMinute;
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = perMinute,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute,
            QueueLimit = 0,
        };
        _limiter = PartitionedRateLimiter.Create<IPAddress, IPAddress>(source =>
            RateLimitPartition.GetTokenBucketLimiter(source, _ => bucket)
        );
    }

    /// <summary>Takes one join; false, and how long to wait, when there were too many.</summary>
    public bool TryTake(IPAddress? source, out TimeSpan retryAfter)
    {
        using var lease = _limiter.AttemptAcquire(Network(source ?? IPAddress.None));
        retryAfter =
            lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);
        return lease.IsAcquired;
    }

    public void Dispose() => _limiter.Dispose();

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
