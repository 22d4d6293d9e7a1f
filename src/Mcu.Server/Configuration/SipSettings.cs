using System.Net;
using static Mcu.Server.Configuration.Values;

namespace Mcu.Server.Configuration;

/// <summary>The settings of telephony.</summary>
internal static class SipSettings
{
    public static IEnumerable<Setting> All =>
        [
            new(
                "Sip:Enabled",
                null,
                "BOOL",
                "whether phones can call",
                "true or false",
                (options, text) => Flag(text, value => options.Sip.Enabled = value),
                options => Show(options.Sip.Enabled)
            ),
            new(
                "Sip:Address",
                null,
                "ADDRESS",
                "where SIP and the media of calls listen; 0.0.0.0: everywhere",
                "an IP address",
                (options, text) => Address(text, address => options.Sip.Address = address),
                options => Show(options.Sip.Address)
            ),
            Settings.Number(
                "Sip:Port",
                "--sip-port",
                "UDP and TCP port of SIP; 0: any free one",
                0,
                65535,
                o => o.Sip.Port,
                (o, n) => o.Sip.Port = n
            ),
            Settings.Number(
                "Sip:TlsPort",
                null,
                "TCP port of SIP over TLS; 0: any free one",
                0,
                65535,
                o => o.Sip.TlsPort,
                (o, n) => o.Sip.TlsPort = n
            ),
            new(
                "Sip:MediaPorts",
                null,
                "FIRST-LAST",
                "UDP ports of calls' media, two for each call",
                "a range such as 10000-11999 that begins with an even port of at least 1024",
                (options, text) => TryPortRange(text, range => options.Sip.MediaPorts = range),
                options => options.Sip.MediaPorts.ToString()
            ),
            new(
                "Sip:AllowFrom",
                null,
                "NETWORKS",
                "who may call, others get no answer; empty: this machine, and nobody once there are keys",
                "IP addresses and networks such as 192.0.2.0/24, separated by commas",
                (options, text) => List<IPNetwork>(text, TryNetwork, networks => options.Sip.AllowFrom = networks, atLeast: 1),
                options => Join(options.Sip.AllowFrom)
            ),
            Settings.Number(
                "Sip:CallsPerMinute",
                null,
                "calls per minute and source address",
                1,
                100_000,
                o => o.Sip.CallsPerMinute,
                (o, n) => o.Sip.CallsPerMinute = n
            ),
            new(
                "Sip:Numbers",
                null,
                "NUMBER=ROOM",
                "rooms that numbers lead to; else the room of that name is called",
                "NUMBER=ROOM pairs, separated by commas",
                (options, text) => List<NumberedRoom>(text, TryNumberedRoom, numbers => options.Sip.Numbers = numbers),
                options => Join(options.Sip.Numbers)
            ),
            new(
                "Sip:Trunks",
                null,
                "URIS",
                "registrars to register at",
                "sip:USER:PASSWORD@HOST URIs, separated by commas",
                (options, text) => List<string>(text, TryTrunk, trunks => options.Sip.Trunks = trunks),
                options => options.Sip.Trunks.Count == 0 ? "" : "(set)",
                Secret: true
            ),
        ];

    private static bool Address(string text, Action<IPAddress> set)
    {
        if (!IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        set(address);
        return true;
    }
}
