using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Peer;
using Mcu.WebRtc.Tests.Dtls;

namespace Mcu.WebRtc.Tests.Peer;

/// <summary>
/// One end of a call: a peer, a source of numbered audio frames and made-up VP8 frames, and a sink that puts video together
/// and notes what came when.
/// </summary>
internal sealed class TestEnd : IWebRtcPeerHandler, IDisposable
{
    private readonly PacketizedFramePool _frames = new(BufferPool.Shared);
    private readonly AudioPacketizer _audio;
    private readonly IVideoPacketizer _video;
    private readonly VideoFrameAssembler _assembler = new(VideoCodec.Vp8, BufferPool.Shared);
    private readonly Random _content;
    private bool _keyframeWanted = true;

    public TestEnd(PeerRole role, int seed, LocalCapabilities? capabilities = null, SessionPolicy? policy = null)
    {
        _content = new Random(seed);
        _audio = new AudioPacketizer(_frames);
        _video = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, _frames);
        var options = new WebRtcPeerOptions
        {
            Role = role,
            Certificate = role == PeerRole.Server ? DtlsPair.ServerCertificate : DtlsPair.ClientCertificate,
            Random = new SeededRandom(seed),
            Clock = new NtpClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            Output = Output,
            Candidates = role == PeerRole.Server ? [Candidate()] : [],
            Capabilities = capabilities ?? LocalCapabilities.Default,
            Policy = policy ?? SessionPolicy.Full,
        };
        Peer = new WebRtcPeer(options, this);
    }

    public DatagramBatch Output { get; } = new();

    public WebRtcPeer Peer { get; }

    public List<(PeerState State, MediaTime At)> States { get; } = [];

    /// <summary>Arrival times of distinct audio frames, by their number.</summary>
    public SortedDictionary<int, MediaTime> AudioFrames { get; } = [];

    /// <summary>Arrival times of whole, decodable video frames.</summary>
    public List<MediaTime> VideoFrames { get; } = [];

    public int Keyframes { get; private set; }

    public int KeyframeRequests { get; private set; }

    public int ScreenPackets { get; private set; }

    public int SenderReports { get; private set; }

    public int FramesOutstanding => _frames.Outstanding;

    public void SendAudio(int number, MediaTime now)
    {
        Span<byte> payload = stackalloc byte[80];
        payload.Clear();
        BitConverter.TryWriteBytes(payload, number);
        var frame = _audio.Packetize(payload, now);
        Peer.Send(MediaPurpose.Audio, frame, now);
        frame.Release();
    }

    public PacketizedFrame PrepareAudio(MediaTime now) => _audio.Packetize(new byte[80], now);

    public PacketizedFrame PrepareVideo(MediaTime now) => _video.Packetize(new byte[3000], true, now);

    /// <summary>A made-up VP8 frame of several packets: only its first byte, which says key or not, means anything here.</summary>
    public void SendVideo(MediaPurpose track, MediaTime now, int bytes = 3000)
    {
        var content = new byte[bytes];
        _content.NextBytes(content);
        content[0] = (byte)(_keyframeWanted ? content[0] & 0xFE : content[0] | 1);
        var frame = _video.Packetize(content, _keyframeWanted, now);
        Peer.Send(track, frame, now);
        _keyframeWanted &= !Peer.CanSend;
        frame.Release();
    }

    public void OnStateChanged(PeerState state, MediaTime now) => States.Add((state, now));

    /// <summary>Takes no notes, so that what the peer itself allocates can be told.</summary>
    public bool IsBlind { get; set; }

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now)
    {
        if (IsBlind)
        {
            return;
        }

        switch (track)
        {
            case MediaPurpose.Audio:
                TakeAudio(packet, now);
                break;
            case MediaPurpose.Video:
                _assembler.Insert(packet, now);
                TakeVideo(now);
                break;
            default:
                ScreenPackets++;
                break;
        }
    }

    private void TakeAudio(in RtpPacket packet, MediaTime now)
    {
        var red = Peer.Session!.Find(MediaPurpose.Audio)!.AudioCodecs[0].RedPayloadType;
        if (packet.PayloadType != red || !RedPayload.TryParse(packet.Payload, out var blocks))
        {
            AudioFrames.TryAdd(BitConverter.ToInt32(packet.Payload), now);
            return;
        }

        for (var back = blocks.RedundantCount; back > 0; back--)
        {
            AudioFrames.TryAdd(BitConverter.ToInt32(blocks.Before(back).Payload), now);
        }

        AudioFrames.TryAdd(BitConverter.ToInt32(blocks.Primary.Payload), now);
    }

    private void TakeVideo(MediaTime now)
    {
        _assembler.RepairLimit = VideoFrameAssembler.RepairLimitFor(Peer.RoundTripTime);
        while (_assembler.TryTake(now, out var frame))
        {
            VideoFrames.Add(now);
            Keyframes += frame.IsKeyframe ? 1 : 0;
            frame.Data.Release();
        }
    }

    /// <summary>What a decoder's owner does now and then: asks for a keyframe while nothing can be decoded.</summary>
    public void CheckVideo(MediaTime now)
    {
        TakeVideo(now);
        if (_assembler.KeyframeNeeded && (VideoFrames.Count == 0 || now - VideoFrames[^1] > TimeSpan.FromMilliseconds(200)))
        {
            Peer.RequestKeyframe(MediaPurpose.Video);
        }
    }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now) => SenderReports++;

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now)
    {
        KeyframeRequests++;
        _keyframeWanted = true;
    }

    public void OnPathChanged(MediaTime now) => _keyframeWanted = true;

    public void Dispose()
    {
        Peer.Dispose();
        _assembler.Dispose();
    }

    private static IceCandidate Candidate() => new("1", 1, PathTransport.Udp, 2130706431, "192.0.2.1", 5004, IceCandidateType.Host);
}
