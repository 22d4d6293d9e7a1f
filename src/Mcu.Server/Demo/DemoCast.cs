using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Media.Scheduling;
using Mcu.Server.Rooms;
using Mcu.Transport;

namespace Mcu.Server.Demo;

/// <summary>Who is in the demo.</summary>
/// <param name="Name">On the label.</param>
/// <param name="PitchHz">Of the voice.</param>
/// <param name="Camera">Codec of the camera; null has none and shows its avatar.</param>
internal sealed record DemoRole(string Name, float PitchHz, VideoCodec? Camera);

/// <summary>
/// `./mcu run --demo`: a handful of synthetic participants who take turns in the room "demo", over real WebRTC on this machine,
/// so that a newcomer alone sees a living conference. All of them are run by one writer.
/// </summary>
internal sealed class DemoCast(IRoomDirectory rooms, MediaHost media, ICodecFactory codecs, ILogger<DemoCast> logger)
    : IHostedService,
        ISerialWork
{
    /// <summary>Room of the demo.</summary>
    public const string RoomName = "demo";

    private static readonly TimeSpan AudioTick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan VideoTick = TimeSpan.FromSeconds(1.0 / DemoVideoJob.FramesPerSecond);

    /// <summary>Planets, in as many scripts as the labels should be seen in.</summary>
    private static readonly DemoRole[] Roles =
    [
        new("Mercury", 190, VideoCodec.Vp8),
        new("Венера", 215, VideoCodec.Vp8),
        new("地球", 120, VideoCodec.H264),
        new("مريخ", 105, VideoCodec.Vp9),
        new("बृहस्पति", 140, null),
    ];

    private readonly DatagramQueue _datagrams = new(1024);
    private readonly TurnTaking _turns = new(Roles.Length, seed: 3);
    private readonly List<DemoParticipant> _participants = [];
    private ILane? _lane;
    private MediaTime _nextAudio;
    private MediaTime _nextVideo;
    private double _seconds;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < Roles.Length; i++)
        {
            var participant = new DemoParticipant(this, media, codecs, Roles[i], seed: i + 1);
            var request = new JoinRequest(RoomName, Roles[i].Name, ParticipantRole.Guest, ViaWebSocket: false);
            var session = await rooms.JoinAsync(request, cancellationToken);
            participant.AcceptAnswer(await session.OfferAsync(participant.CreateOffer(), cancellationToken), media.Scheduler.Now);
            _participants.Add(participant);
        }

        _nextAudio = _nextVideo = media.Scheduler.Now;
        _lane = media.Scheduler.AddLane(this);
        _lane.Wake();
        logger.LogInformation("The demo is running: open /r/{Room}", RoomName);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _lane?.Dispose();
        foreach (var participant in _participants)
        {
            participant.Dispose();
        }

        _participants.Clear();
        _datagrams.Clear();
        return Task.CompletedTask;
    }

    /// <summary>Called by the sockets' threads.</summary>
    public void Enqueue(DemoParticipant participant, ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        if (_datagrams.TryEnqueue(participant, datagram, path, arrival))
        {
            _lane?.Wake();
        }
    }

    public MediaTime Run(MediaTime now)
    {
        while (_datagrams.TryDequeue(out var datagram))
        {
            ((DemoParticipant)datagram.Target).Receive(datagram.Bytes, datagram.Path, datagram.Arrival);
            datagram.Release();
        }

        SpeakUntil(now);
        if (now >= _nextVideo)
        {
            _nextVideo = MediaTime.Max(_nextVideo + VideoTick, now);
            foreach (var participant in _participants)
            {
                participant.Film(now);
            }
        }

        var deadline = MediaTime.Min(_nextAudio, _nextVideo);
        foreach (var participant in _participants)
        {
            deadline = MediaTime.Min(deadline, participant.Run(now));
        }

        return deadline;
    }

    private void SpeakUntil(MediaTime now)
    {
        if (now - _nextAudio > TimeSpan.FromSeconds(1))
        {
            _nextAudio = now;
        }

        for (; _nextAudio <= now; _nextAudio += AudioTick)
        {
            _seconds += AudioTick.TotalSeconds;
            _turns.Advance(_seconds);
            for (var i = 0; i < _participants.Count; i++)
            {
                _participants[i].Speak(_turns.Speaks(i), _nextAudio, now);
            }
        }
    }
}
