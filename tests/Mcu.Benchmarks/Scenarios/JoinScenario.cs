using Mcu.Benchmarks.Live;
using Mcu.Codecs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Transport;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>From the POST of an offer to the first packet of the mix and of a keyframe of the composite, in a room with two senders; HTTP, ICE and DTLS included.</summary>
internal sealed class JoinScenario : IScenario
{
    private const int Joins = 25;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public string Name => "join";

    public async Task RunAsync(Report report)
    {
        await using var server = await ServerProcess.StartAsync();
        var codecs = new NativeCodecFactory();
        var clock = new MediaClock();
        using var first = new MarkerSender(clock, codecs, marks: true);
        using var second = new MarkerSender(clock, codecs, marks: false);
        await first.Client.JoinAsync(server.Http, "join", "First");
        await second.Client.JoinAsync(server.Http, "join", "Second");
        await Task.Delay(TimeSpan.FromSeconds(2));
        List<double> heard = [];
        List<double> seen = [];
        for (var i = 0; i < Joins; i++)
        {
            var join = new OneJoin(clock);
            await join.RunAsync(server.Http, "join", Limit);
            heard.Add(join.Heard.TotalMilliseconds);
            seen.Add(join.Seen.TotalMilliseconds);
        }

        report.Add(Name, $"to the first packet of the mix, {Joins} joins", heard, "ms", "<= 300");
        report.Add(Name, $"to the first keyframe, {Joins} joins", seen, "ms", "<= 300");
    }
}

/// <summary>One participant who comes, hears, sees and goes.</summary>
internal sealed class OneJoin(MediaClock clock)
{
    private readonly TaskCompletionSource<MediaTime> _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MediaTime> _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IVideoDepacketizer _depacketizer = VideoPayloads.CreateDepacketizer(VideoCodec.Vp8);

    public TimeSpan Heard { get; private set; }

    public TimeSpan Seen { get; private set; }

    /// <exception cref="TimeoutException">Nothing came in time.</exception>
    public async Task RunAsync(HttpClient http, string room, TimeSpan limit)
    {
        using var client = new LiveClient(clock, MediaDirection.RecvOnly, MediaDirection.RecvOnly, Receive);
        var start = clock.Now;
        await client.JoinAsync(http, room, "Joiner");
        Heard = await _heard.Task.WaitAsync(limit) - start;
        Seen = await _seen.Task.WaitAsync(limit) - start;
        await client.LeaveAsync(http);
    }

    private void Receive(MediaPurpose track, in RtpPacket packet, MediaTime arrival)
    {
        if (track == MediaPurpose.Audio)
        {
            _heard.TrySetResult(arrival);
        }
        else if (_depacketizer.TryParse(packet.Payload, out var flags) && flags.HasFlag(VideoPayloadFlags.Keyframe))
        {
            _seen.TrySetResult(arrival);
        }
    }
}
