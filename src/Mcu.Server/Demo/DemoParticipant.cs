using System.Net;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp.Negotiation;
using Mcu.Server.Rooms;
using Mcu.Transport;
using Mcu.WebRtc.Peer;

namespace Mcu.Server.Demo;

/// <summary>One synthetic participant: a WebRTC client with a socket of its own that sends a voice and, most of them, a face. Belongs to the cast's one writer.</summary>
internal sealed class DemoParticipant : IWebRtcPeerHandler, IDatagramRouter, IDisposable
{
    private const int SamplesPerTick = 960;

    private readonly DemoCast _cast;
    private readonly DatagramBatch _batch = new(64);
    private readonly UdpPort _port;
    private readonly WebRtcPeer _peer;
    private readonly SpeechLikeSound _voice;
    private readonly IAudioEncoder _audio;
    private readonly AudioPacketizer _packetizer = new(new PacketizedFramePool(BufferPool.Shared));
    private readonly DemoVideoJob? _camera;
    private readonly float[] _samples = new float[SamplesPerTick];
    private readonly byte[] _payload = new byte[1500];

    public DemoParticipant(DemoCast cast, MediaHost media, ICodecFactory codecs, DemoRole role, int seed)
    {
        _cast = cast;
        Role = role;
        _voice = new SpeechLikeSound(seed, role.PitchHz);
        _audio = codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(32_000, Complexity: 3, InbandFec: true, Dtx: false));
        _camera = role.Camera is { } codec ? new DemoVideoJob(codecs, media.Scheduler, codec, seed) : null;
        _port = new UdpPort(new IPEndPoint(media.Listen, 0), media.Clock, this, bufferBytes: 256 * 1024);
        _batch.Full = Flush;
        var capabilities = role.Camera is { } video ? new LocalCapabilities { Video = [video] } : LocalCapabilities.Default;
        _peer = media.CreateClient(this, _batch, capabilities);
        _peer.Offers.AddAudio(Sdp.MediaDirection.SendOnly);
        if (_camera is not null)
        {
            _peer.Offers.AddVideo(Sdp.MediaDirection.SendOnly);
        }
    }

    public DemoRole Role { get; }

    public string CreateOffer() => _peer.CreateOffer();

    /// <exception cref="InvalidOperationException">The answer is not one to this offer.</exception>
    public void AcceptAnswer(string answer, MediaTime now)
    {
        if (!_peer.TryAcceptAnswer(answer, now, out var error))
        {
            throw new InvalidOperationException($"The demo could not use the server's own answer: {error}");
        }
    }

    /// <summary>Called by the socket's thread.</summary>
    public void Route(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival) => _cast.Enqueue(this, datagram, path, arrival);

    public void Receive(Span<byte> datagram, in NetworkPath path, MediaTime arrival) => _peer.Receive(datagram, path, arrival);

    /// <summary>Says one tick, aloud or silently.</summary>
    public void Speak(bool speaking, MediaTime tick, MediaTime now)
    {
        _voice.Fill(_samples, speaking);
        var length = _audio.Encode(_samples, _payload);
        if (length == 0)
        {
            return;
        }

        var level = (byte)Mixing.Audio.AudioLevel.Measure(_samples);
        var frame = _packetizer.Packetize(_payload.AsSpan(0, length), tick);
        _peer.Send(MediaPurpose.Audio, frame, now, new AudioLevel(level, speaking));
        frame.Release();
    }

    public void Film(MediaTime time) => _camera?.Begin(time, _voice.Openness);

    /// <summary>Sends what is finished and runs the peer's timers; returns its next deadline.</summary>
    public MediaTime Run(MediaTime now)
    {
        while (_camera is not null && _camera.TryTake(out var frame))
        {
            _peer.Send(MediaPurpose.Video, frame, now);
            frame.Release();
        }

        if (_peer.NextDeadline <= now)
        {
            _peer.Run(now);
        }

        Flush(_batch);
        return _peer.NextDeadline;
    }

    public void Dispose()
    {
        _peer.Dispose();
        _port.Dispose();
        _audio.Dispose();
        _camera?.Dispose();
    }

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now) => _camera?.RequestKeyframe();

    // A demo participant only sends: what comes back is of no interest to it.
    public void OnStateChanged(PeerState state, MediaTime now) { }

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now) { }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now) { }

    private void Flush(DatagramBatch batch)
    {
        _port.Send(batch);
        batch.Clear();
    }
}
