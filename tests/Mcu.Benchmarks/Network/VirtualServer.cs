using System.Net;
using System.Runtime.ExceptionServices;
using Mcu.Conference;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Media.Scheduling;
using Mcu.Mixing.Video;
using Mcu.Rtp;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Server.Rooms;
using Mcu.Transport;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Peer;

namespace Mcu.Benchmarks.Network;

/// <summary>
/// The server's room, sessions, legs and routing as they are, in virtual time: without sockets and threads. Video jobs take no time;
/// what they cost other benchmarks measure.
/// </summary>
internal sealed class VirtualServer : IMediaHost, IMediaScheduler, ILane
{
    public static readonly IPEndPoint Address = new(new IPAddress([192, 0, 2, 1]), 5004);
    public static readonly NtpClock Ntp = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>More runs than that at one time never end by themselves.</summary>
    private const int MaxRunsAtOnce = 1000;

    private static readonly OverlayRenderer s_overlays = new();
    private static readonly DtlsCertificate s_certificate = DtlsCertificate.CreateSelfSigned(DateTimeOffset.UtcNow);

    private readonly SeededRandom _random;
    private readonly Room _room;
    private readonly List<WebRtcPeer> _peers = [];
    private MediaTime _due = MediaTime.Zero;

    public VirtualServer(ICodecFactory codecs, ConferenceOptions options, int seed)
    {
        _random = new SeededRandom(seed);
        _room = new Room("bench", options, codecs, this);
    }

    /// <summary>Puts a datagram on the line to a guest.</summary>
    public required Action<NetworkPath, ReadOnlySpan<byte>> Network { get; init; }

    public MediaTime Now { get; private set; }

    public MediaTime NextDeadline => _due;

    public SessionRouter Router { get; } = new();

    public SessionTable Sessions { get; } = new();

    public OverlayRenderer Overlays => s_overlays;

    public TimeProvider Time => TimeProvider.System;

    public IMediaScheduler Scheduler => this;

    public int VideoReduction => VideoEffort.AsAsked;

    public double Load => 0;

    /// <summary>Lets a guest in and answers its offer.</summary>
    public string Join(string name, string offer, MediaTime now)
    {
        var session = new RoomSession(
            _room,
            new JoinRequest("bench", name, Server.Rooms.ParticipantRole.Guest, true),
            $"s_{name}",
            $"p_{name}"
        );
        var answered = _room.InvokeAsync(time =>
        {
            _room.Add(session, time);
            Sessions.Add(session);
            return session.WebRtc.Negotiate(offer, time);
        });
        Run(now);
        return answered.GetAwaiter().GetResult();
    }

    /// <summary>What is known of a guest's network, and what the guest is given for it; guests are numbered from 0 in the order of coming.</summary>
    public string Trace(int guest)
    {
        var network = _peers[guest].NetworkAt(Now);
        var participant = _room.Conference.Participants[guest];
        var video = _peers[guest].SendStreamOf(MediaPurpose.Video);
        return FormattableString.Invariant(
                $"{network.State, -12} target {network.TargetBps / 1000.0, 7:F1} arrives {network.ThroughputBps / 1000.0, 7:F1} kbit/s, loss {network.FractionLost, 5:P0}, "
            )
            + FormattableString.Invariant(
                $"queue {network.PathQueue.TotalMilliseconds, 5:F0} ms, pacer {network.QueueDelay.TotalMilliseconds, 5:F0} ms, {participant.Picture?.Rung, -10} "
            )
            + FormattableString.Invariant(
                $"sound {participant.AudioBitrateBps / 1000} kbit/s {participant.AudioPacketTime.TotalMilliseconds} ms +{participant.AudioRedundancy}, "
            )
            + FormattableString.Invariant(
                $"video {video?.PacketsSent} packets, {video?.FecPacketsSent} FEC, {video?.PacketsRetransmitted} repeated"
            );
    }

    public ConferenceSnapshot Describe() => _room.Conference.Describe();

    /// <summary>Does what is due, as often as something is.</summary>
    public void Run(MediaTime now)
    {
        Now = now;
        for (var runs = 0; _due <= now; runs++)
        {
            if (runs == MaxRunsAtOnce)
            {
                throw new InvalidOperationException($"The room wants to run for ever at {now}.");
            }

            _due = MediaTime.Never;
            var next = _room.Run(now); // may wake itself
            _due = MediaTime.Min(_due, next);
        }
    }

    public WebRtcPeer CreatePeer(IWebRtcPeerHandler handler, DatagramBatch output, SessionPolicy policy)
    {
        var peer = new WebRtcPeer(
            new WebRtcPeerOptions
            {
                Role = PeerRole.Server,
                Certificate = s_certificate,
                Random = _random,
                Clock = Ntp,
                Output = output,
                Candidates =
                [
                    new("1", 1, PathTransport.Udp, 2130706431, Address.Address.ToString(), (ushort)Address.Port, IceCandidateType.Host),
                ],
                Policy = policy,
            },
            handler
        );
        _peers.Add(peer);
        return peer;
    }

    public void Send(DatagramBatch batch)
    {
        foreach (var entry in batch.Entries)
        {
            Network(entry.Path, batch.BytesOf(entry));
        }
    }

    public void ReportFailedSession(Exception exception, RoomSession session) => ExceptionDispatchInfo.Throw(exception);

    public ILane AddLane(ISerialWork work) => this;

    public void Submit(IVideoJob job, MediaTime deadline) => job.Execute();

    public void Wake() => _due = MediaTime.Zero;

    public void Dispose() { }

    /// <summary>Ends all sessions, and gives everything back.</summary>
    public void Close()
    {
        _room.EndAll(LeaveReason.Shutdown, Now);
        _room.Dispose();
    }
}
