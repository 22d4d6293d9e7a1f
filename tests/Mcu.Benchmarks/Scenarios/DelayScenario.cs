using System.Collections.Concurrent;
using Mcu.Benchmarks.Live;
using Mcu.Codecs;
using Mcu.Media;
using Mcu.Transport;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>
/// The delay that the server adds, over real WebRTC on loopback: three participants, of whom one sends a burst of sound and a flash of
/// its picture every 500 ms, and one decodes the mix and the composite.
/// </summary>
/// <remarks>
/// Measured from the sending of the packet with the marker's first sample, or of the marker's first picture, to the arrival of the last packet
/// that it takes to hear or see it. Included: both ways over loopback, decryption, the server's jitter buffer, waiting for its tick,
/// decoding, mixing or composing, encoding, encryption. Not included: capture, packetization time and encoding at the sender, decoding and
/// playout at the receiver. The look-ahead of the two Opus encoders (6.5 ms each) and of the limiter (2.5 ms) moves the burst within
/// its packet of 20 ms, not to another one: packets are what is timed, so it is in neither. The senders' pace is not in step with the
/// server's ticks; a round each in a room of its own gives each another phase.
/// </remarks>
internal sealed class DelayScenario : IScenario
{
    private const int Rounds = 4;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    public string Name => "delay";

    public async Task RunAsync(Report report)
    {
        await using var server = await ServerProcess.StartAsync();
        var codecs = new NativeCodecFactory();
        List<double> audio = [];
        List<double> video = [];
        for (var round = 0; round < Rounds; round++)
        {
            var clock = new MediaClock();
            var room = $"delay-{round}";
            using var marks = new MarkerSender(clock, codecs, marks: true);
            using var other = new MarkerSender(clock, codecs, marks: false);
            using var receiver = new MarkerReceiver(clock, codecs);
            await marks.Client.JoinAsync(server.Http, room, "Marks");
            await other.Client.JoinAsync(server.Http, room, "Other");
            await receiver.Client.JoinAsync(server.Http, room, "Receiver");
            await Task.Delay(WarmUp);
            var from = clock.Now;
            await Task.Delay(Round);
            audio.AddRange(Delays(marks.Bursts, receiver.Bursts, from));
            video.AddRange(Delays(marks.Flashes, receiver.Flashes, from));
            await receiver.Client.LeaveAsync(server.Http);
        }

        Report(report, "audio", audio, "<= 45");
        Report(report, "video", video, "<= 70");
    }

    private void Report(Report report, string what, List<double> delays, string target)
    {
        report.Add(Name, $"{what}, {delays.Count} markers", delays, "ms", target);
        report.Add(Name, $"{what}, 95th percentile", [delays.Order().ElementAt(delays.Count * 95 / 100)], "ms");
    }

    /// <summary>Each marker sent, to the first one seen after it and before the next.</summary>
    private static IEnumerable<double> Delays(ConcurrentQueue<MediaTime> sent, ConcurrentQueue<MediaTime> seen, MediaTime from)
    {
        var arrivals = seen.ToArray();
        foreach (var marker in sent.Where(marker => marker >= from))
        {
            var arrival = arrivals.FirstOrDefault(arrival => arrival >= marker);
            if (arrival != default && arrival - marker < TimeSpan.FromMilliseconds(450))
            {
                yield return (arrival - marker).TotalMilliseconds;
            }
        }
    }
}
