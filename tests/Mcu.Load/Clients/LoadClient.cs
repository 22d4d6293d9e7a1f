using System.Net.Sockets;
using System.Security.Cryptography;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Transport;
using Mcu.WebRtc;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Peer;
using Mcu.WebRtc.Stun;

namespace Mcu.Load.Clients;

/// <summary>What a participant sends, and whether what it hears is decoded.</summary>
internal sealed record ClientPlan
{
    public required string Name { get; init; }

    public required string Room { get; init; }

    /// <summary>Null: sends no sound, only receives.</summary>
    public SoundClip? Sound { get; init; }

    /// <summary>Null: sends no picture.</summary>
    public VideoClip? Video { get; init; }

    /// <summary>Codecs of the composite it takes, the preferred one first; empty: takes no picture.</summary>
    public IReadOnlyList<VideoCodec> ReceivesVideo { get; init; } = [];

    /// <summary>Decodes the mix and notes markers in it.</summary>
    public bool Listens { get; init; }
}

/// <summary>
/// One participant of the load generator over real WebRTC: ICE, DTLS, SRTP, with a socket of its own. Belongs to the thread of
/// <see cref="LoadEngine"/>. Media that it does not decode is counted by its headers and not decrypted: what a client spends is not what is measured.
/// </summary>
internal sealed class LoadClient : IWebRtcPeerHandler, IDisposable
{
    private static readonly DtlsCertificate s_certificate = DtlsCertificate.CreateSelfSigned(DateTimeOffset.UtcNow);
    private static readonly TimeSpan s_frameInterval = TimeSpan.FromSeconds(1.0 / 30);

    private readonly MediaClock _clock;
    private readonly DatagramBatch _output;
    private readonly WebRtcPeer _peer;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly AudioPacketizer _audio;
    private readonly IVideoPacketizer? _video;
    private readonly Listener? _listener;
    private NetworkPath? _server;
    private MediaTime _soundTime;
    private MediaTime _nextPicture;
    private int _soundIndex;
    private int _pictureIndex;
    private byte _audioPayloadType;

    /// <param name="output">Shared by all clients of the engine, empty whenever another client runs.</param>
    public LoadClient(ClientPlan plan, int number, MediaClock clock, DatagramBatch output, PacketizedFramePool frames, ICodecFactory codecs)
    {
        Plan = plan;
        Number = number;
        _clock = clock;
        _output = output;
        _audio = new AudioPacketizer(frames);
        _video = plan.Video is { } clip ? VideoPayloads.CreatePacketizer(clip.Codec, frames) : null;
        _listener = plan.Listens ? new Listener(codecs) : null;
        _soundIndex = number * 7;
        _socket.Blocking = false;
        _socket.ReceiveBufferSize = 256 * 1024;
        var videoCodecs = plan.Video is { } sent ? plan.ReceivesVideo.Append(sent.Codec).Distinct().ToArray() : [.. plan.ReceivesVideo];
        _peer = new WebRtcPeer(
            new WebRtcPeerOptions
            {
                Role = PeerRole.Client,
                Certificate = s_certificate,
                Random = new SystemRandom(),
                Clock = clock.Ntp,
                Output = output,
                Capabilities = videoCodecs.Length > 0 ? new LocalCapabilities { Video = videoCodecs } : LocalCapabilities.Default,
            },
            this
        );
        _peer.Offers.AddAudio(plan.Sound is null ? MediaDirection.RecvOnly : MediaDirection.SendRecv);
        if (videoCodecs.Length > 0)
        {
            _peer.Offers.AddVideo(
                plan.Video is null ? MediaDirection.RecvOnly
                : plan.ReceivesVideo.Count == 0 ? MediaDirection.SendOnly
                : MediaDirection.SendRecv
            );
        }
    }

    public ClientPlan Plan { get; }

    public int Number { get; }

    public Socket Socket => _socket;

    /// <summary>The session's URL once the server has answered.</summary>
    public Uri? Session { get; set; }

    public bool IsConnected => _peer.State == PeerState.Connected;

    public StreamCheck Sound { get; } = new() { TimestampStep = SoundClip.SamplesPerPacket };

    public StreamCheck Picture { get; } = new();

    /// <summary>When the markers it sent went out.</summary>
    public List<MediaTime> MarkersSent { get; } = [];

    public Listener? Ears => _listener;

    public string CreateOffer() => _peer.CreateOffer();

    /// <exception cref="InvalidOperationException">The answer is of no use.</exception>
    public void AcceptAnswer(string answer)
    {
        var sdp = Plan.Video is { } clip ? AnswerFor(answer, clip.Codec) : answer;
        if (!_peer.TryAcceptAnswer(sdp, _clock.Now, out var error))
        {
            throw new InvalidOperationException($"The server's answer is of no use: {error}");
        }

        _audioPayloadType = _peer.Session!.Find(MediaPurpose.Audio)!.AudioCodecs[0].PayloadType;
        _soundTime = _clock.Now;
        _nextPicture = _clock.Now;
        Flush();
    }

    /// <summary>Its turn, every 20 ms: sends one packet of sound, and runs timers.</summary>
    public void Turn(MediaTime now)
    {
        if (_peer.NextDeadline <= now)
        {
            _peer.Run(now);
        }

        if (Plan.Sound is { } clip && _peer.CanSend)
        {
            var packet = clip.Packets[_soundIndex++ % clip.Packets.Count];
            if (packet.Payload.Length > 0)
            {
                var frame = _audio.Packetize(packet.Payload, _soundTime);
                _peer.Send(MediaPurpose.Audio, frame, now, new AudioLevel(packet.Level, packet.Level < 60));
                frame.Release();
            }

            if (packet.IsMarker)
            {
                MarkersSent.Add(now);
            }
        }

        _soundTime += TimeSpan.FromMilliseconds(20);
        Flush();
    }

    /// <summary>Sends a picture when one is due; called every millisecond.</summary>
    public void Film(MediaTime now)
    {
        if (_video is null || now < _nextPicture || !_peer.CanSend)
        {
            return;
        }

        _nextPicture = now - _nextPicture > s_frameInterval ? now + s_frameInterval : _nextPicture + s_frameInterval;
        var clip = Plan.Video!;
        var index = _pictureIndex++ % clip.Frames.Count;
        var frame = _video.Packetize(clip.Frames[index], index == 0, now);
        _peer.Send(MediaPurpose.Video, frame, now);
        frame.Release();
        Flush();
    }

    /// <summary>Takes one datagram of its socket; false when there was none.</summary>
    public bool Receive(Span<byte> buffer, MediaTime arrival)
    {
        var length = _socket.Receive(buffer, SocketFlags.None, out var error);
        if (error != SocketError.Success)
        {
            return false;
        }

        var datagram = buffer[..length];
        if (length >= RtpPacket.FixedHeaderLength && StunDemux.Classify(datagram) == DatagramKind.Rtp)
        {
            var isSound = (datagram[1] & 0x7F) == _audioPayloadType;
            (isSound ? Sound : Picture).OnPacket(datagram, arrival);
            if (!isSound || _listener is null)
            {
                return true;
            }
        }

        _peer.Receive(datagram, _server!.Value, arrival);
        Flush();
        return true;
    }

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now) => _listener?.Hear(packet.Payload, now);

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now) => _pictureIndex = 0;

    public void OnStateChanged(PeerState state, MediaTime now) { }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now) { }

    public void OnReceiverReport(MediaPurpose track, in ReportBlock report, MediaTime now) { }

    public void OnBitrateEstimate(long bitrateBps, MediaTime now) { }

    public void OnTransportFeedback(in TransportFeedback feedback, MediaTime now) { }

    public void OnPacketSent(ushort transportSequence, int length, MediaTime now) { }

    public void Dispose()
    {
        _peer.Dispose();
        _socket.Dispose();
        _listener?.Dispose();
    }

    /// <summary>
    /// The answer with our codec first among those of the picture: what we send is what the clip is in, whatever we would rather receive.
    /// </summary>
    private static string AnswerFor(string answer, VideoCodec codec)
    {
        var lines = answer.Split("\r\n");
        var section = Array.FindIndex(lines, line => line.StartsWith("m=video ", StringComparison.Ordinal));
        var format = lines
            .Skip(section)
            .First(line =>
                line.StartsWith("a=rtpmap:", StringComparison.Ordinal) && line.Contains($" {codec}/", StringComparison.OrdinalIgnoreCase)
            );
        var payloadType = format["a=rtpmap:".Length..].Split(' ')[0];
        var words = lines[section].Split(' ').ToList();
        words.RemoveAt(words.LastIndexOf(payloadType));
        words.Insert(3, payloadType);
        lines[section] = string.Join(' ', words);
        return string.Join("\r\n", lines);
    }

    private void Flush()
    {
        foreach (ref readonly var entry in _output.Entries)
        {
            if (_server is null)
            {
                _server = entry.Path;
                _socket.Connect(entry.Path.ToEndPoint());
            }

            // What the kernel has no room for is lost, as on any network.
            _ = _socket.Send(_output.BytesOf(entry), SocketFlags.None, out _);
        }

        _output.Clear();
    }

    private sealed class SystemRandom : IRandomSource
    {
        public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
