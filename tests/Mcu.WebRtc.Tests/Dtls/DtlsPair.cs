using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Dtls;

namespace Mcu.WebRtc.Tests.Dtls;

/// <summary>A client and a server over two lossy wires in virtual time.</summary>
internal sealed class DtlsPair : IDisposable
{
    public static readonly DtlsCertificate ClientCertificate = DtlsCertificate.CreateSelfSigned(DateTimeOffset.UtcNow);
    public static readonly DtlsCertificate ServerCertificate = DtlsCertificate.CreateSelfSigned(DateTimeOffset.UtcNow);

    private readonly LossyWire _toServer;
    private readonly LossyWire _toClient;

    public DtlsPair(int seed = 1, double loss = 0, DtlsFingerprint? expectedByClient = null, DtlsFingerprint? expectedByServer = null)
    {
        _toServer = new LossyWire(seed, loss);
        _toClient = new LossyWire(seed + 1000, loss);
        Client = new DtlsSession(ClientCertificate, DtlsRole.Client, [expectedByClient ?? ServerCertificate.Fingerprint]);
        Server = new DtlsSession(ServerCertificate, DtlsRole.Server, [expectedByServer ?? ClientCertificate.Fingerprint]);
    }

    public DtlsSession Client { get; }

    public DtlsSession Server { get; }

    public MediaTime Now { get; private set; } = new(0);

    public int DatagramsSent { get; private set; }

    public int LongestDatagram { get; private set; }

    public bool BothConnected => Client.State == DtlsState.Connected && Server.State == DtlsState.Connected;

    /// <summary>Runs until both are connected, nothing more can happen, or the time is over.</summary>
    public void Handshake(TimeSpan limit)
    {
        Client.Start(Now);
        RunUntil(Now + limit, () => BothConnected);
    }

    public void RunUntil(MediaTime end, Func<bool> done)
    {
        Flush();
        while (!done())
        {
            var next = MediaTime.Min(
                MediaTime.Min(_toServer.NextArrival, _toClient.NextArrival),
                MediaTime.Min(Client.NextDeadline, Server.NextDeadline)
            );
            if (next > end)
            {
                return;
            }

            Now = MediaTime.Max(Now, next);
            Client.Run(Now);
            Server.Run(Now);
            while (_toServer.TryReceive(Now, out var datagram))
            {
                Server.Receive(datagram, Now);
            }

            while (_toClient.TryReceive(Now, out var datagram))
            {
                Client.Receive(datagram, Now);
            }

            Flush();
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private void Flush()
    {
        Flush(Client, _toServer);
        Flush(Server, _toClient);
    }

    private void Flush(DtlsSession from, LossyWire wire)
    {
        var buffer = new byte[DtlsSession.Mtu];
        while (from.TryTake(buffer, out var length))
        {
            DatagramsSent++;
            LongestDatagram = Math.Max(LongestDatagram, length);
            wire.Send(buffer.AsSpan(0, length), Now);
        }
    }
}
