using System.Net.Sockets;
using System.Security.Cryptography;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Transport;
using Mcu.WebRtc;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Peer;
using Mcu.WebRtc.Stun;

namespace Mcu.Load.Clients;

/// <summary>
/// A participant over real WebRTC: ICE, DTLS, SRTP. Sound that it does not decode is counted by its headers and not decrypted: what a client
/// spends is not what is measured. Pictures are always decrypted, since their receivers tell the server how each packet arrived.
/// </summary>
internal sealed class WebRtcClient : Participant, IWebRtcPeerHandler
{
    private static readonly DtlsCertificate s_certificate = DtlsCertificate.CreateSelfSigned(DateTimeOffset.UtcNow);
    private static readonly TimeSpan s_frameInterval = TimeSpan.FromSeconds(1.0 / 30);

    private readonly MediaClock _clock;
    private readonly DatagramBatch _output;
    private readonly WebRtcPeer _peer;
    private readonly AudioPacketizer _audio;
    private readonly IVideoPacketizer? _video;
    private readonly bool[] _isPicture = new bool[128]; // by payload type
    private NetworkPath? _server;
    private MediaTime _soundTime;
    private MediaTime _nextPicture;
    private int _pictureIndex;
    private byte _audioPayloadType;

    public WebRtcClient(ClientPlan plan, int number, EngineParts parts)
        : base(plan, number, parts.Codecs)
    {
        _clock = parts.Clock;
        _output = parts.Output;
        _audio = new AudioPacketizer(parts.Frames);
        _video = plan.Video is { } clip ? VideoPayloads.CreatePacketizer(clip.Codec, parts.Frames) : null;
        var videoCodecs = plan.Video is { } sent ? plan.ReceivesVideo.Append(sent.Codec).Distinct().ToArray() : [.. plan.ReceivesVideo];
        _peer = new WebRtcPeer(
            new WebRtcPeerOptions
            {
                Role = PeerRole.Client,
                Certificate = s_certificate,
                Random = new SystemRandom(),
                Clock = _clock.Ntp,
                Output = _output,
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

    /// <summary>The session's URL once the server has answered.</summary>
    public Uri? Session { get; set; }

    public override bool IsConnected => _peer.State == PeerState.Connected;

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
        foreach (var codec in _peer.Session.Find(MediaPurpose.Video)?.VideoCodecs ?? [])
        {
            _isPicture[codec.PayloadType] = true;
        }

        _soundTime = _clock.Now;
        _nextPicture = _clock.Now;
        Flush();
    }

    public override void Turn(MediaTime now)
    {
        if (_peer.NextDeadline <= now)
        {
            _peer.Run(now);
        }

        if (Plan.Sound is { } clip && _peer.CanSend)
        {
            var packet = NextSound(clip, now);
            if (packet.Payload.Length > 0)
            {
                var frame = _audio.Packetize(packet.Payload, _soundTime);
                _peer.Send(MediaPurpose.Audio, frame, now, new AudioLevel(packet.Level, packet.Level < 60));
                frame.Release();
            }
        }

        _soundTime += TimeSpan.FromMilliseconds(20);
        Flush();
    }

    public override void Film(MediaTime now)
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

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now)
    {
        if (track == MediaPurpose.Audio)
        {
            Ears?.Hear(packet.Payload, now);
            return;
        }

        if (Eyes is { } eyes)
        {
            eyes.Look(packet, now);
            if (eyes.NeedsKeyframe)
            {
                _peer.RequestKeyframe(track);
            }
        }
    }

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now) => _pictureIndex = 0;

    public void OnStateChanged(PeerState state, MediaTime now) { }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now) { }

    public override void Dispose()
    {
        _peer.Dispose();
        base.Dispose();
    }

    protected override void Take(Span<byte> datagram, MediaTime arrival)
    {
        if (datagram.Length >= RtpPacket.FixedHeaderLength && StunDemux.Classify(datagram) == DatagramKind.Rtp)
        {
            var payloadType = datagram[1] & 0x7F;
            if (payloadType == _audioPayloadType)
            {
                Sound.OnPacket(datagram, arrival);
                if (Ears is null)
                {
                    return;
                }
            }
            else if (_isPicture[payloadType])
            {
                Picture.OnPacket(datagram, arrival);
            }
        }

        _peer.Receive(datagram, _server!.Value, arrival);
        Flush();
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
                Socket.Connect(entry.Path.ToEndPoint());
            }

            // What the kernel has no room for is lost, as on any network.
            _ = Socket.Send(_output.BytesOf(entry), SocketFlags.None, out _);
        }

        _output.Clear();
    }

    private sealed class SystemRandom : IRandomSource
    {
        public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
