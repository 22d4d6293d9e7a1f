using System.Net;
using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Mcu.Media.Scheduling;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Server.Rooms;
using Mcu.Transport;
using Mcu.WebRtc.Peer;
using Shouldly;

namespace Mcu.Server.Tests.Rooms;

/// <summary>A WebRTC client with a socket of its own on loopback. Whatever it does, it does on its own lane.</summary>
internal sealed class LoopbackCaller : IWebRtcPeerHandler, IDatagramRouter, ISerialWork, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <summary>An Opus packet of 20 ms that says nothing.</summary>
    private static readonly byte[] Silence = [0xF8, 0xFF, 0xFE];

    private readonly DatagramQueue _datagrams = new(256);
    private readonly DatagramBatch _batch = new(64);
    private readonly AudioPacketizer _packetizer = new(new PacketizedFramePool(BufferPool.Shared));
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MediaHost _media;
    private readonly bool _speaks;
    private readonly MediaPurpose _waitsFor;
    private readonly UdpPort _port;
    private readonly WebRtcPeer _peer;
    private ILane? _lane;
    private MediaTime _nextTick;
    private bool _hangsUp;

    /// <param name="media">The server's media.</param>
    /// <param name="speaks">Sends silence in packets; else it only listens.</param>
    /// <param name="watches">Takes the composite too.</param>
    public LoopbackCaller(MediaHost media, bool speaks, bool watches = false)
    {
        _media = media;
        _speaks = speaks;
        _waitsFor = watches ? MediaPurpose.Video : MediaPurpose.Audio;
        _port = new UdpPort(new IPEndPoint(IPAddress.Loopback, 0), media.Clock, this, bufferBytes: 256 * 1024);
        _batch.Full = Flush;
        _peer = media.CreateClient(this, _batch, LocalCapabilities.Default);
        _peer.Offers.AddAudio(speaks ? MediaDirection.SendRecv : MediaDirection.RecvOnly);
        if (watches)
        {
            _peer.Offers.AddVideo(MediaDirection.RecvOnly);
        }
    }

    /// <summary>Completes with the first packet of the mix, or of the composite where that is watched.</summary>
    public Task Heard => _heard.Task;

    /// <summary>Packets of the same so far.</summary>
    public int PacketsHeard { get; private set; }

    public async Task CallAsync(IRoomSession session)
    {
        var answer = await session.OfferAsync(_peer.CreateOffer(), TestContext.Current.CancellationToken);
        _peer.TryAcceptAnswer(answer, _media.Scheduler.Now, out var error).ShouldBeTrue(error?.ToString());
        _lane = _media.Scheduler.AddLane(this);
        _lane.Wake();
    }

    /// <summary>Says close_notify, as a browser does that closes its connection.</summary>
    public void HangUp()
    {
        Volatile.Write(ref _hangsUp, true);
        _lane!.Wake();
    }

    public void Route(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        _datagrams.TryEnqueue(this, datagram, path, arrival);
        _lane?.Wake();
    }

    public MediaTime Run(MediaTime now)
    {
        while (_datagrams.TryDequeue(out var datagram))
        {
            _peer.Receive(datagram.Bytes, datagram.Path, datagram.Arrival);
            datagram.Release();
        }

        if (_speaks && now >= _nextTick)
        {
            _nextTick = now + Tick;
            var frame = _packetizer.Packetize(Silence, now);
            _peer.Send(MediaPurpose.Audio, frame, now, new AudioLevel(30, Voice: true)); // claims to be heard
            frame.Release();
        }

        if (Volatile.Read(ref _hangsUp))
        {
            _peer.Close(now);
        }

        if (_peer.NextDeadline <= now)
        {
            _peer.Run(now);
        }

        Flush(_batch);
        return _speaks ? MediaTime.Min(_nextTick, _peer.NextDeadline) : _peer.NextDeadline;
    }

    public void Dispose()
    {
        _port.Dispose();
        _lane?.Dispose();
        _datagrams.Clear();
        _peer.Dispose();
    }

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now)
    {
        if (track == _waitsFor)
        {
            PacketsHeard++;
            _heard.TrySetResult();
        }
    }

    public void OnStateChanged(PeerState state, MediaTime now) { }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now) { }

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now) { }

    private void Flush(DatagramBatch batch)
    {
        _port.Send(batch);
        batch.Clear();
    }
}
