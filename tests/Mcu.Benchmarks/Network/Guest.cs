using System.Net;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Peer;

namespace Mcu.Benchmarks.Network;

/// <summary>What a guest is like.</summary>
/// <param name="Down">From the server to the guest.</param>
/// <param name="Up">From the guest to the server.</param>
internal sealed record GuestPlan(string Name, LineQuality Down, LineQuality Up)
{
    /// <summary>Decodes what it is shown and compares it; else frames are counted only.</summary>
    public bool Looks { get; init; }

    /// <summary>Gets each picture that it looks at, and when that was composed.</summary>
    public Action<VideoFrame, MediaTime>? Seen { get; init; }

    /// <summary>Has a camera and wants to see.</summary>
    public bool HasVideo { get; init; } = true;

    /// <summary>Keeps all that it hears.</summary>
    public bool Records { get; init; }

    /// <summary>Its device's clock is so many millionths too fast.</summary>
    public int DriftPpm { get; init; }

    /// <summary>What it says, 48 kHz, while it talks; null for something of the studio's.</summary>
    public float[]? Speech { get; init; }

    /// <summary>Whether it talks at a time since its microphone was opened.</summary>
    public Func<TimeSpan, bool> Talks { get; init; } = static _ => false;
}

/// <summary>
/// A participant at the other end of two lines, doing what a browser does: a WebRTC peer that sends a microphone and a camera, answers with
/// NACK, transport-wide feedback and PLI, hears through a jitter buffer and sees whole frames. On a clock of its own.
/// </summary>
internal sealed class Guest : IWebRtcPeerHandler, IDisposable
{
    /// <summary>What a server that limits all media leaves to the microphone.</summary>
    private const int AudioBps = 50_000;

    private static readonly DtlsCertificate s_certificate = DtlsCertificate.CreateSelfSigned(DateTimeOffset.UtcNow);
    private static readonly NetworkPath s_server = NetworkPath.Udp(VirtualServer.Address);

    private readonly GuestClock _clock;
    private readonly DatagramBatch _output = new();
    private readonly WebRtcPeer _peer;
    private readonly Microphone _microphone;
    private readonly Camera? _camera;
    private readonly Eye _eye;
    private readonly Ear _ear;

    /// <param name="plan">What it is like.</param>
    /// <param name="number">From 0 on; different for everybody in a meeting.</param>
    /// <param name="seed">Of its lines.</param>
    /// <param name="studio">What is before its camera and microphone, and its codecs.</param>
    /// <param name="encoded">What the server encodes.</param>
    /// <param name="start">When it comes, on the server's clock.</param>
    public Guest(GuestPlan plan, int number, int seed, Studio studio, EncodedPictures encoded, MediaTime start)
    {
        Plan = plan;
        _clock = new GuestClock(plan.DriftPpm);
        Path = NetworkPath.Udp(new IPEndPoint(new IPAddress([198, 51, 100, (byte)(number + 1)]), 40_000));
        Down = new Line(plan.Down, (seed * 100) + (number * 2));
        Up = new Line(plan.Up, (seed * 100) + (number * 2) + 1);
        var local = _clock.ToLocal(start + OpeningOf(number));
        _microphone = new Microphone(studio.Codecs, plan.Speech ?? Studio.SpeechOf(number), plan.Talks, local);
        _camera = plan.HasVideo ? new Camera(studio.Codecs, studio.FilmOf(number), Studio.SceneOf(number), local) : null;
        _ear = new Ear(studio.Codecs, VirtualServer.Ntp, _clock, local) { Recording = plan.Records ? [] : null };
        _eye = new Eye(studio.Codecs, encoded, plan.Looks, () => _peer!.RequestKeyframe(MediaPurpose.Video), plan.Seen);
        _output.Full = Flush;
        _peer = new WebRtcPeer(
            new WebRtcPeerOptions
            {
                Role = PeerRole.Client,
                Certificate = s_certificate,
                Random = new SeededRandom((seed * 100) + number),
                Clock = VirtualServer.Ntp,
                Output = _output,
            },
            this
        );
        _peer.Offers.AddAudio();
        if (plan.HasVideo)
        {
            _peer.Offers.AddVideo();
        }
    }

    /// <summary>From coming to switching camera and microphone on: nobody's packets are in step with anybody else's.</summary>
    public static TimeSpan OpeningOf(int number) => TimeSpan.FromMilliseconds(3.7 * number);

    public GuestPlan Plan { get; }

    /// <summary>Its address as the server sees it.</summary>
    public NetworkPath Path { get; }

    public Line Down { get; }

    public Line Up { get; }

    /// <summary>What was heard, shown and carried.</summary>
    public GuestRecord Record => new(_ear.Ticks, _eye.Shown, Down.Passages, _ear.Recording, _eye.KeyframesAskedFor);

    /// <summary>On the server's clock.</summary>
    public MediaTime NextDeadline => MediaTime.Min(Down.NextDeadline, _clock.ToWorld(NextLocal()));

    /// <summary>The server's clock as this guest's peer was last run by.</summary>
    private MediaTime World { get; set; }

    public string CreateOffer() => _peer.CreateOffer();

    public void AcceptAnswer(string answer, MediaTime now)
    {
        World = now;
        if (!_peer.TryAcceptAnswer(answer, _clock.ToLocal(now), out var error))
        {
            throw new InvalidOperationException($"The server's answer is of no use: {error}");
        }

        Flush(_output);
    }

    /// <summary>Takes what has arrived and does what is due.</summary>
    public void Run(MediaTime world)
    {
        World = world;
        var now = _clock.ToLocal(world);
        while (Down.TryReceive(world, out var datagram))
        {
            _peer.Receive(datagram, s_server, now);
        }

        SendSound(now);
        SendPictures(now);
        _ear.Run(now);
        _eye.Run(_peer.RoundTripTime, now);
        if (_peer.NextDeadline <= now)
        {
            _peer.Run(now);
        }

        Flush(_output);
    }

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now)
    {
        var media = _peer.Session!.Find(track)!;
        var payloadType = packet.PayloadType;
        if (track == MediaPurpose.Audio)
        {
            if (media.AudioCodecs.FirstOrDefault(codec => codec.PayloadType == payloadType) is { } audio)
            {
                _ear.OnRtp(audio.Codec, packet, now);
            }
            else if (RedPayload.TryParse(packet.Payload, out var red))
            {
                _ear.OnRedundantRtp(AudioCodec.Opus, packet, red, now);
            }
        }
        else if (media.VideoCodecs.FirstOrDefault(codec => codec.PayloadType == payloadType) is { } video)
        {
            _eye.OnRtp(video.Codec, packet, _peer.ExtensionsOf(track), now);
        }
    }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now)
    {
        if (track == MediaPurpose.Audio)
        {
            _ear.OnSenderReport(report, now);
        }
    }

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now) => _camera?.WantKeyframe();

    public void OnBitrateEstimate(long bitrateBps, MediaTime now) => _camera?.Limit(bitrateBps - AudioBps);

    public void OnStateChanged(PeerState state, MediaTime now) { }

    public void Dispose()
    {
        _peer.Dispose();
        _microphone.Dispose();
        _camera?.Dispose();
        _eye.Dispose();
        _ear.Dispose();
    }

    private MediaTime NextLocal()
    {
        var next = MediaTime.Min(_peer.NextDeadline, _microphone.NextDeadline);
        next = MediaTime.Min(next, _camera?.NextDeadline ?? MediaTime.Never);
        return MediaTime.Min(next, MediaTime.Min(_ear.NextDeadline, _eye.NextDeadline));
    }

    private void SendSound(MediaTime now)
    {
        while (_microphone.NextDeadline <= now)
        {
            var frame = _microphone.Take(out var level);
            _peer.Send(MediaPurpose.Audio, frame, now, level);
            frame.Release();
        }
    }

    private void SendPictures(MediaTime now)
    {
        while (_camera is not null && _camera.NextDeadline <= now)
        {
            if (_camera.Take() is { } frame)
            {
                _peer.Send(MediaPurpose.Video, frame, now);
                frame.Release();
            }
        }
    }

    private void Flush(DatagramBatch batch)
    {
        foreach (var entry in batch.Entries)
        {
            Up.Send(batch.BytesOf(entry), World);
        }

        batch.Clear();
    }
}
