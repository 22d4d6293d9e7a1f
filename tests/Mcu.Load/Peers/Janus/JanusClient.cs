using System.Net;
using Mcu.Load.Clients;
using Mcu.Load.Clips;
using Mcu.Media;
using Mcu.Rtp;

namespace Mcu.Load.Peers.Janus;

/// <summary>A participant of a Janus AudioBridge by plain RTP: the same packets as a <see cref="WebRtcClient"/> sends, without ICE, DTLS and SRTP.</summary>
internal sealed class JanusClient : Participant
{
    private readonly byte[] _packet = new byte[1500];
    private JanusMedia _media;
    private bool _isJoined;
    private ushort _sequence;
    private uint _timestamp;

    public JanusClient(ClientPlan plan, int number, EngineParts parts)
        : base(plan, number, parts.Codecs) => Socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>The port that Janus is to send to.</summary>
    public int Port => ((IPEndPoint)Socket.LocalEndPoint!).Port;

    public override bool IsConnected => _isJoined;

    public void Joined(JanusMedia media)
    {
        _media = media;
        _isJoined = true;
        Socket.Connect(IPAddress.Loopback, media.Port);
    }

    public override void Turn(MediaTime now)
    {
        if (_isJoined && Plan.Sound is { } clip && NextSound(clip, now).Payload is { Length: > 0 } payload)
        {
            var header = new RtpHeader(_media.PayloadType, Marker: false, _sequence++, _timestamp, Ssrc: (uint)(Number + 1));
            var length = new RtpWriter(_packet, header).AddPayload(payload);
            // What the kernel has no room for is lost, as on any network.
            _ = Socket.Send(_packet.AsSpan(0, length), System.Net.Sockets.SocketFlags.None, out _);
        }

        _timestamp += SoundClip.SamplesPerPacket;
    }

    protected override void Take(Span<byte> datagram, MediaTime arrival)
    {
        if (RtpPacket.TryParse(datagram, out var packet) && packet.PayloadType == _media.PayloadType)
        {
            Sound.OnPacket(datagram, arrival);
            Ears?.Hear(packet.Payload, arrival);
        }
    }
}
