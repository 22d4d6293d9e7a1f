using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Transport;
using Mcu.WebRtc;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Peer;

namespace Mcu.Benchmarks.Live;

/// <summary>Takes a decrypted packet on the socket's thread; <paramref name="arrival"/> is when the socket gave it.</summary>
internal delegate void PacketReceived(MediaPurpose track, in RtpPacket packet, MediaTime arrival);

/// <summary>A WebRTC client with a socket of its own that joins a server by HTTP. Sends Opus and VP8 that it is given, and hands on what comes.</summary>
internal sealed class LiveClient : IWebRtcPeerHandler, IDatagramRouter, IDisposable
{
    private static readonly DtlsCertificate s_certificate = DtlsCertificate.CreateSelfSigned(DateTimeOffset.UtcNow);

    private readonly Lock _peerLock = new();
    private readonly MediaClock _clock;
    private readonly PacketReceived _received;
    private readonly DatagramBatch _batch = new(64);
    private readonly UdpPort _port;
    private readonly WebRtcPeer _peer;
    private readonly PacedThread _timers;
    private Uri? _session;
    private int _keyframeWanted = 1;

    public LiveClient(MediaClock clock, MediaDirection audio, MediaDirection video, PacketReceived received)
    {
        _clock = clock;
        _received = received;
        var options = new WebRtcPeerOptions
        {
            Role = PeerRole.Client,
            Certificate = s_certificate,
            Random = new SystemRandom(),
            Clock = clock.Ntp,
            Output = _batch,
            Capabilities = new LocalCapabilities { Video = [VideoCodec.Vp8] },
        };
        _peer = new WebRtcPeer(options, this);
        _peer.Offers.AddAudio(audio);
        _peer.Offers.AddVideo(video);
        _port = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), clock, this, bufferBytes: 1024 * 1024);
        _batch.Full = Flush;
        _timers = new PacedThread("timers", clock, TimeSpan.FromMilliseconds(2), Run);
    }

    /// <exception cref="HttpRequestException">The server refuses.</exception>
    public async Task JoinAsync(HttpClient http, string room, string name)
    {
        using var offer = new StringContent(_peer.CreateOffer(), new MediaTypeHeaderValue("application/sdp"));
        using var response = await http.PostAsync(new Uri($"/api/v1/rooms/{room}/sessions?name={name}", UriKind.Relative), offer);
        response.EnsureSuccessStatusCode();
        _session = response.Headers.Location;
        var answer = await response.Content.ReadAsStringAsync();
        lock (_peerLock)
        {
            if (!_peer.TryAcceptAnswer(answer, _clock.Now, out var error))
            {
                throw new InvalidOperationException($"The server's answer is of no use: {error}");
            }

            Flush(_batch);
        }
    }

    public async Task LeaveAsync(HttpClient http)
    {
        using var response = await http.DeleteAsync(_session);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Sends a frame and gives back its reference; returns when it went to the socket.</summary>
    public MediaTime Send(MediaPurpose track, PacketizedFrame frame)
    {
        lock (_peerLock)
        {
            var now = _clock.Now;
            _peer.Send(track, frame, now);
            Flush(_batch);
            frame.Release();
            return now;
        }
    }

    /// <summary>Asks for a keyframe of the composite. From within <see cref="PacketReceived"/> only.</summary>
    public void RequestKeyframe() => _peer.RequestKeyframe(MediaPurpose.Video);

    /// <summary>Whether the server asked for a keyframe since the last call.</summary>
    public bool TakeKeyframeRequest() => Interlocked.Exchange(ref _keyframeWanted, 0) == 1;

    public void Route(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        Span<byte> copy = stackalloc byte[DatagramBatch.MaxDatagram];
        if (datagram.Length > copy.Length)
        {
            return;
        }

        datagram.CopyTo(copy);
        lock (_peerLock)
        {
            _peer.Receive(copy[..datagram.Length], path, arrival);
            Flush(_batch);
        }
    }

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now) => _received(track, packet, now);

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now) => Volatile.Write(ref _keyframeWanted, 1);

    public void OnStateChanged(PeerState state, MediaTime now) { }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now) { }

    public void Dispose()
    {
        _timers.Dispose();
        _port.Dispose();
        _peer.Dispose();
    }

    private void Run(MediaTime now)
    {
        lock (_peerLock)
        {
            if (_peer.NextDeadline <= now)
            {
                _peer.Run(now);
                Flush(_batch);
            }
        }
    }

    private void Flush(DatagramBatch batch)
    {
        _port.Send(batch);
        batch.Clear();
    }

    private sealed class SystemRandom : IRandomSource
    {
        public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
