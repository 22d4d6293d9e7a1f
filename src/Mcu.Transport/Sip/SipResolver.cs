using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using Mcu.Sip.Messages;

namespace Mcu.Transport.Sip;

/// <summary>
/// Finds where a SIP URI's host is (RFC 3263): NAPTR says which transports, SRV which hosts and ports, A and AAAA their addresses.
/// Names without such records are looked up as plain hosts. Answers are cached by their time to live. Thread-safe.
/// </summary>
internal sealed class SipResolver
{
    /// <summary>As many addresses are tried one after the other, at most.</summary>
    private const int MaxAddresses = 16;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    /// <summary>What NAPTR calls a transport (RFC 3263 section 4.1), and where its SRV records stand.</summary>
    private static readonly (SipTransport Transport, string Service, string Prefix)[] s_transports =
    [
        (SipTransport.Udp, "SIP+D2U", "_sip._udp."),
        (SipTransport.Tcp, "SIP+D2T", "_sip._tcp."),
        (SipTransport.Tls, "SIPS+D2T", "_sips._tcp."),
    ];

    private readonly LookupClient _dns = new(
        new LookupClientOptions
        {
            UseCache = true,
            Timeout = s_limit,
            ThrowDnsErrors = false,
            Retries = 1,
        }
    );

    /// <summary>Addresses to try, the best first; none where there are none. Never throws for what the network says.</summary>
    public async Task<IReadOnlyList<SipFlow>> ResolveAsync(SipUri target)
    {
        var host = target.Host.Trim('[', ']');
        var transport = TransportOf(target);
        try
        {
            if (target.Port != 0 || IPAddress.TryParse(host, out _))
            {
                var known = transport ?? DefaultOf(target);
                return await AddressesAsync(host, target.Port == 0 ? known.DefaultPort() : target.Port, known);
            }

            foreach (var prefix in transport is { } named ? [PrefixOf(named)] : await PrefixesAsync(host, target.IsSecure))
            {
                if (await ServicesAsync(prefix.Prefix + host, prefix.Transport) is { Count: > 0 } found)
                {
                    return found;
                }
            }

            var plain = transport ?? DefaultOf(target);
            return await AddressesAsync(host, plain.DefaultPort(), plain);
        }
        catch (Exception exception) when (exception is DnsResponseException or SocketException or ArgumentException)
        {
            return []; // no such name, nobody who knows it, or nothing that can be a name
        }
    }

    private static SipTransport? TransportOf(SipUri target) =>
        target.Parameters.Get("transport")?.ToLowerInvariant() switch
        {
            "udp" => SipTransport.Udp,
            "tcp" => target.IsSecure ? SipTransport.Tls : SipTransport.Tcp,
            "tls" => SipTransport.Tls,
            _ => null,
        };

    private static SipTransport DefaultOf(SipUri target) => target.IsSecure ? SipTransport.Tls : SipTransport.Udp;

    private static (SipTransport Transport, string Prefix) PrefixOf(SipTransport transport)
    {
        var (found, _, prefix) = Array.Find(s_transports, known => known.Transport == transport);
        return (found, prefix);
    }

    /// <summary>The transports that the domain prefers, by NAPTR; all that are allowed where it says nothing.</summary>
    private async Task<IReadOnlyList<(SipTransport Transport, string Prefix)>> PrefixesAsync(string host, bool isSecure)
    {
        var allowed = s_transports.Where(known => !isSecure || known.Transport == SipTransport.Tls).ToList();
        var response = await _dns.QueryAsync(host, QueryType.NAPTR);
        var preferred = response
            .Answers.OfType<NAPtrRecord>()
            .OrderBy(record => record.Order)
            .ThenBy(record => record.Preference)
            .SelectMany(record => allowed.Where(known => known.Service.Equals(record.Services, StringComparison.OrdinalIgnoreCase)))
            .Select(known => (known.Transport, known.Prefix))
            .Distinct()
            .ToList();
        return preferred.Count > 0 ? preferred : [.. allowed.Select(known => (known.Transport, known.Prefix))];
    }

    /// <summary>Hosts by priority, and within one by weight (RFC 2782): the heavier come first more often.</summary>
    private async Task<IReadOnlyList<SipFlow>> ServicesAsync(string name, SipTransport transport)
    {
        var response = await _dns.QueryAsync(name, QueryType.SRV);
        var records = response
            .Answers.OfType<SrvRecord>()
            .Where(record => record.Target.Value != ".")
            .OrderBy(record => record.Priority)
            .ThenBy(record => -Math.Log(1 - Random.Shared.NextDouble()) / (record.Weight + 0.01));
        var found = new List<SipFlow>();
        foreach (var record in records)
        {
            if (found.Count < MaxAddresses)
            {
                found.AddRange(await AddressesAsync(record.Target.Value.TrimEnd('.'), record.Port, transport));
            }
        }

        return found;
    }

    /// <summary>By the system's resolver, which knows the machine's own names too.</summary>
    private static async Task<IReadOnlyList<SipFlow>> AddressesAsync(string host, int port, SipTransport transport)
    {
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, limit.Token);
            return
            [
                .. addresses
                    .OrderBy(address => address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
                    .Take(MaxAddresses)
                    .Select(address => new SipFlow(transport, new IPEndPoint(address, port))),
            ];
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException or OperationCanceledException)
        {
            return [];
        }
    }
}
