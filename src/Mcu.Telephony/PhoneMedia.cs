using System.Diagnostics.CodeAnalysis;
using System.Net;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.WebRtc.Srtp;

namespace Mcu.Telephony;

/// <summary>
/// The media of one phone call: <c>datagram → source check → (SRTP) → RTP → handler</c> and <c>frame → RTP → (SRTP) → datagram</c>, with RTCP
/// beside it. Sans-IO; one owner.
/// </summary>
/// <remarks>
/// Media goes to where it comes from (symmetric RTP, RFC 4961), so that phones behind a NAT are heard. It is taken only from the hosts that
/// the call's description and signalling name: nobody else can put his voice into a call, or draw it to himself.
/// </remarks>
public sealed class PhoneMedia(PhoneMediaOptions options, IPhoneMediaHandler handler) : IDisposable
{
    private const int MaxRtcp = 1150;
    private static readonly TimeSpan s_reportInterval = TimeSpan.FromSeconds(5);

    private readonly CallNegotiation _negotiation = new(options.Local, options.Random(), options.RandomBytes);
    private readonly TelephoneEvents _events = new();
    private readonly uint _ssrc = options.Random();
    private readonly uint _timestampOffset = options.Random();
    private readonly byte[] _cname = System.Text.Encoding.ASCII.GetBytes($"{options.Random():x8}{options.Random():x8}");

    private SrtpSession? _srtp; // null while it is plain RTP
    private SdesKeys? _keys;
    private SendStream? _send;
    private ReceiveStream? _receive;
    private NetworkPath? _rtpPath;
    private NetworkPath? _rtcpPath;
    private bool _isLatched; // the path is where media came from
    private MediaTime _nextReport = MediaTime.Never;

    /// <summary>What was agreed; null before the first offer and answer.</summary>
    public AgreedAudio? Agreed => _negotiation.Agreed;

    /// <summary>When the last packet of media came; null before the first.</summary>
    public MediaTime? LastReceived { get; private set; }

    /// <summary>The state of what we send; null before an agreement.</summary>
    public SendStream? Sending => _send;

    /// <summary>Statistics of what comes; null before its first packet.</summary>
    public ReceiveStream? Receiving => _receive;

    /// <summary>When <see cref="Run"/> is due.</summary>
    public MediaTime NextDeadline => _nextReport;

    /// <summary>Datagrams from hosts that have no part in the call, and what is no media of it.</summary>
    public long Strangers { get; private set; }

    /// <inheritdoc cref="CallNegotiation.TryAnswer"/>
    public bool TryAnswer(
        SessionDescription offer,
        MediaTime now,
        [NotNullWhen(true)] out SessionDescription? answer,
        [NotNullWhen(false)] out string? problem
    )
    {
        if (!_negotiation.TryAnswer(offer, out answer, out problem))
        {
            return false;
        }

        Apply(now);
        return true;
    }

    /// <inheritdoc cref="CallNegotiation.Offer"/>
    public SessionDescription Offer() => _negotiation.Offer();

    /// <inheritdoc cref="CallNegotiation.TryAccept"/>
    public bool TryAccept(SessionDescription answer, MediaTime now, [NotNullWhen(false)] out string? problem)
    {
        if (!_negotiation.TryAccept(answer, out problem))
        {
            return false;
        }

        Apply(now);
        return true;
    }

    /// <summary>Takes a datagram that came to one of the call's ports; decrypts it in place.</summary>
    public void Receive(Span<byte> datagram, in NetworkPath path, MediaTime now)
    {
        var isRtcp = RtpDemux.IsRtcp(datagram);
        if (Agreed is not { } agreed || !IsOfCall(path) || !TryDecrypt(ref datagram, isRtcp))
        {
            Strangers++;
        }
        else if (isRtcp)
        {
            ReceiveRtcp(datagram, path, now);
        }
        else if (path.Connection == options.RtpConnection && RtpPacket.TryParse(datagram, out var packet))
        {
            ReceiveRtp(packet, agreed, path, now);
        }
    }

    /// <summary>Sends one frame in the agreed codec.</summary>
    public void Send(PacketizedFrame frame, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (_send is not { } stream || Agreed is not { Sends: true } || _rtpPath is not { } path)
        {
            return;
        }

        for (var i = 0; i < frame.Count; i++)
        {
            var room = options.Output.Reserve();
            if (frame[i].Length + SendStream.MaxHeaderBytes + SrtpSession.MaxTrailer > room.Length)
            {
                continue;
            }

            var length = stream.Write(frame, i, now, room);
            length = _srtp?.ProtectRtp(room, length) ?? length;
            if (length > 0)
            {
                options.Output.Commit(length, path);
            }
        }
    }

    /// <summary>Sends the reports that are due (RFC 3550 section 6.2).</summary>
    public void Run(MediaTime now)
    {
        if (_nextReport <= now)
        {
            _nextReport = now + (s_reportInterval * (0.5 + (options.Random() / (double)uint.MaxValue)));
            SendReport(now, isBye: false);
        }
    }

    /// <summary>Says goodbye by RTCP.</summary>
    public void Close(MediaTime now)
    {
        if (_nextReport != MediaTime.Never)
        {
            _nextReport = MediaTime.Never;
            SendReport(now, isBye: true);
        }
    }

    public void Dispose()
    {
        _send?.Dispose();
        _srtp?.Dispose();
    }

    private void Apply(MediaTime now)
    {
        var agreed = Agreed!;
        Secure(agreed.Security);
        var before = _send?.PayloadType;
        if (_send is null)
        {
            _send = new SendStream(StreamOptionsOf(agreed));
        }
        else if (before != agreed.PayloadType)
        {
            // Another codec: sequence numbers go on, the clock may be another.
            var next = StreamOptionsOf(agreed) with
            {
                FirstSequence = _send.NextSequence,
            };
            _send.Dispose();
            _send = new SendStream(next);
        }

        if (!_isLatched || !IsOfCall(_rtpPath!.Value))
        {
            _isLatched = false;
            _rtpPath = PathTo(agreed.Remote, options.RtpConnection);
            _rtcpPath = PathTo(agreed.RemoteRtcp, agreed.SharesPort ? options.RtpConnection : options.RtcpConnection);
        }

        _nextReport = MediaTime.Min(_nextReport, now + s_reportInterval);
    }

    private void Secure(SdesKeys? keys)
    {
        if (keys is null ? _srtp is null : keys.Matches(_keys))
        {
            return; // indices go on under the same keys
        }

        _srtp?.Dispose();
        _srtp = keys?.CreateSession();
        _keys = keys;
    }

    /// <summary>False for what was not made with the call's keys.</summary>
    private bool TryDecrypt(ref Span<byte> datagram, bool isRtcp)
    {
        if (_srtp is not { } srtp)
        {
            return true;
        }

        var length = isRtcp ? srtp.UnprotectRtcp(datagram) : srtp.UnprotectRtp(datagram);
        datagram = length > 0 ? datagram[..length] : default;
        return length > 0;
    }

    private SendStreamOptions StreamOptionsOf(AgreedAudio agreed) =>
        new()
        {
            Ssrc = _ssrc,
            PayloadType = agreed.PayloadType,
            ClockRateHz = agreed.ClockRate,
            FirstSequence = (ushort)(options.Random() >> 17), // not so late that it wraps at once: old SRTP stacks get that wrong
            TimestampOffset = _timestampOffset,
            HistoryPackets = 0,
        };

    private static NetworkPath? PathTo(IPEndPoint? remote, uint connection) =>
        remote is null ? null : NetworkPath.Udp(remote) with { Connection = connection };

    /// <summary>Whether a datagram comes from a host that the call's description or its signalling names.</summary>
    private bool IsOfCall(in NetworkPath path) => IsHost(path, Agreed?.Remote?.Address) || IsHost(path, options.Signalling);

    private static bool IsHost(in NetworkPath path, IPAddress? address)
    {
        if (address is null)
        {
            return false;
        }

        var host = NetworkPath.Udp(new IPEndPoint(address, 0));
        return host.AddressHigh == path.AddressHigh && host.AddressLow == path.AddressLow;
    }

    private void ReceiveRtp(in RtpPacket packet, AgreedAudio agreed, in NetworkPath path, MediaTime now)
    {
        var isEvent = packet.PayloadType == agreed.TelephoneEvents;
        if (!isEvent && packet.PayloadType != agreed.PayloadType)
        {
            return; // comfort noise and codecs that were not agreed: to be silent is the better sound
        }

        Latch(path, now);
        LastReceived = now;
        if (!isEvent)
        {
            StreamOf(packet, agreed).OnRtp(packet, now);
            handler.OnSound(packet, now);
            return;
        }

        // Some gateways send keys as a source of their own: they must not take the sound's place.
        if (_receive is { } sound && sound.Options.Ssrc == packet.Ssrc)
        {
            sound.OnRtp(packet, now);
        }

        if (_events.TryTake(packet, out var key))
        {
            handler.OnKey(key, now);
        }
    }

    /// <summary>From now on media goes to where it comes from. A second source of the same host takes over only where the first fell silent.</summary>
    private void Latch(in NetworkPath path, MediaTime now)
    {
        if (path == _rtpPath)
        {
            _isLatched = true;
            return;
        }

        if (_isLatched && LastReceived is { } last && now - last < TimeSpan.FromMilliseconds(500))
        {
            return;
        }

        _rtpPath = path;
        _isLatched = true;
    }

    private ReceiveStream StreamOf(in RtpPacket packet, AgreedAudio agreed)
    {
        if (_receive is { } known && known.Options.Ssrc == packet.Ssrc && known.Options.ClockRateHz == agreed.ClockRate)
        {
            return known;
        }

        return _receive = new ReceiveStream(
            new ReceiveStreamOptions { Ssrc = packet.Ssrc, ClockRateHz = agreed.ClockRate },
            new SenderClock()
        );
    }

    private void ReceiveRtcp(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime now)
    {
        _rtcpPath = path;
        var reader = new RtcpReader(datagram);
        while (reader.TryRead(out var packet))
        {
            if (SenderReport.TryParse(packet, out var sender))
            {
                if (_receive is { } stream && stream.Options.Ssrc == sender.Info.Ssrc)
                {
                    stream.OnSenderReport(sender.Info, now);
                    handler.OnSenderReport(sender.Info, now);
                }

                OnBlocks(sender.Blocks, now);
            }
            else if (ReceiverReport.TryParse(packet, out var receiver))
            {
                OnBlocks(receiver.Blocks, now);
            }
        }
    }

    private void OnBlocks(in ReportBlocks blocks, MediaTime now)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Ssrc == _ssrc)
            {
                _send?.OnReceiverReport(blocks[i], options.Clock.At(now));
            }
        }
    }

    private void SendReport(MediaTime now, bool isBye)
    {
        if (_rtcpPath is not { } path || _send is not { } stream)
        {
            return;
        }

        Span<ReportBlock> blocks = stackalloc ReportBlock[1];
        var count = 0;
        if (_receive is { } receive && LastReceived is { } last && now - last < s_reportInterval)
        {
            blocks[count++] = receive.BuildReport(now);
        }

        var room = options.Output.Reserve();
        var writer = new RtcpWriter(room[..MaxRtcp]);
        _ =
            stream.PacketsSent > 0
                ? writer.TryAddSenderReport(stream.BuildSenderReport(now, options.Clock.At(now)), blocks[..count])
                : writer.TryAddReceiverReport(_ssrc, blocks[..count]);
        writer.TryAddCname(_ssrc, _cname);
        if (isBye)
        {
            writer.TryAddBye([_ssrc]);
        }

        var length = _srtp?.ProtectRtcp(room, writer.Length) ?? writer.Length;
        if (length > 0)
        {
            options.Output.Commit(length, path);
        }
    }
}
