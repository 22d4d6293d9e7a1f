using Mcu.Media;
using Mcu.Rtp;
using Mcu.Rtp.Congestion;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.WebRtc.Srtp;

namespace Mcu.WebRtc.Peer;

/// <summary>
/// What leaves a peer as RTP, and when: sound at once, repairs, video and probes as the pacer lets them at the rate that congestion control
/// finds. <c>frame → (pacer) → header → SecureTransport</c>; report → congestion control → pacer.
/// A peer that gives no feedback at all has no congestion control: everything leaves at once.
/// </summary>
internal sealed class PacedTransport(PeerMedia media, SecureTransport transport, ControlTraffic control, IWebRtcPeerHandler handler)
    : IPacedSender
{
    /// <summary>Added to a packet's length to have what it takes on the wire: IPv4, UDP and the tag of SRTP.</summary>
    private const int WireOverhead = 20 + 8 + 16;

    /// <summary>Headers of RTP and RTX with their usual extensions.</summary>
    private const int HeaderOverhead = 30;

    private readonly Pacer _pacer = media.Pacer;
    private CongestionController? _congestion;
    private long _demandBps;
    private bool _keyframeOwed; // video was dropped; the peer needs a keyframe as soon as there is room for it

    public MediaTime NextDeadline
    {
        get
        {
            if (!transport.CanSend)
            {
                return MediaTime.Never;
            }

            return _congestion is null ? NextPacket : MediaTime.Min(NextPacket, _congestion.NextDeadline);
        }
    }

    /// <summary>When a packet that waits, or one of a probe, is to leave; later is out of step.</summary>
    public MediaTime NextPacket =>
        !transport.CanSend ? MediaTime.Never
        : _keyframeOwed || _congestion is { PaddingWanted: true } ? MediaTime.Min(_pacer.NextDeadline, _pacer.FreeAt)
        : _pacer.NextDeadline;

    /// <summary>What the path carries, and what waits for it.</summary>
    public PeerNetwork NetworkAt(MediaTime now) =>
        new(
            _congestion is { IsLimited: true } congestion ? congestion.TargetBps : null,
            _congestion is { HasFeedback: true } ? _congestion.FractionLost : ReportedLoss(),
            _pacer.QueueDelay(now),
            _congestion?.PathQueue ?? TimeSpan.Zero,
            _congestion?.ThroughputBps ?? 0,
            (long)control.BpsAt(now),
            _congestion?.State ?? CongestionState.Starting
        );

    /// <summary>After negotiation.</summary>
    public void Apply(MediaTime now)
    {
        if (media.GivesTransportFeedback || media.TakesBitrateEstimates)
        {
            _congestion ??= new CongestionController(CongestionOptions.Default);
            _congestion.ExpectsFeedback = media.GivesTransportFeedback;
            _congestion.CanPad = PaddingStream() is not null;
            _congestion.SetDemand(_demandBps, now);
        }
    }

    public void SetDemand(long bps, MediaTime now)
    {
        _demandBps = bps;
        _congestion?.SetDemand(bps, now);
    }

    /// <summary>
    /// Media goes another way from now on: what is known of the old one says nothing of it. The rate begins as at the start, or at what the old one
    /// carried if that was less; video begins with a keyframe, which the handler is asked for.
    /// </summary>
    public void OnPathChanged(MediaTime now)
    {
        if (_congestion is { } before)
        {
            _congestion = new CongestionController(
                CongestionOptions.Default with
                {
                    StartBps = Math.Min(CongestionOptions.Default.StartBps, before.LastKnownBps),
                }
            );
            Apply(now);
        }

        RestartVideo();
        AskForKeyframes(now);
    }

    /// <summary>Sends a frame, or as much of it as may leave now; the rest of video waits.</summary>
    public void Send(MediaSender sender, PacketizedFrame frame, AudioLevel? level, MediaTime now)
    {
        if (!sender.Sends)
        {
            return;
        }

        if (sender.Media.Kind == MediaKind.Video)
        {
            SendVideo(sender.Stream, frame, now);
            return;
        }

        for (var index = 0; index < frame.Count; index++)
        {
            _pacer.OnSent(Write(sender.Stream, frame, index, level, now), now);
        }
    }

    /// <summary>Repeats the packets a NACK asks for, as far as they are kept (RFC 4588).</summary>
    public void Resend(MediaSender sender, in NackFeedback nack, MediaTime now)
    {
        foreach (var sequence in nack)
        {
            if (_pacer.MaySend(now))
            {
                _pacer.OnSent(SendRepair(sender.Stream, sequence, now), now);
            }
            else
            {
                _pacer.EnqueueRepair(sender.Stream, sequence);
            }
        }
    }

    public void OnTransportFeedback(in TransportFeedback feedback, MediaTime now)
    {
        if (_congestion?.OnTransportFeedback(feedback, now) == true)
        {
            // To repeat all that an outage swallowed would take longer than a keyframe.
            RestartVideo();
            AskForKeyframes(now);
        }
    }

    public void OnBitrateEstimate(long bitrateBps, MediaTime now) => _congestion?.OnBitrateEstimate(bitrateBps, now);

    /// <summary>After a stream has taken the receiver's report on it.</summary>
    public void OnReceiverReport(MediaSender sender, in ReportBlock report, MediaTime now)
    {
        if (_congestion is null)
        {
            return;
        }

        if (sender.Stream.RoundTripTime is { } roundTrip)
        {
            _congestion.OnRoundTrip(roundTrip);
        }

        var sent = sender.SinceReport(report, now);
        _congestion.OnReceiverReport(report.FractionLost / 256.0, sent.Packets, sent.Bps, now);
    }

    /// <summary>Lets go what may leave, and probes.</summary>
    public void Run(MediaTime now)
    {
        if (!transport.CanSend)
        {
            return;
        }

        CountControl(now);
        if (_congestion is { } congestion)
        {
            congestion.SetBacklog(_pacer.QueuedBytes);
            congestion.Run(now);
            _pacer.SetRate(congestion.PacingAt(now), now);
        }

        if (!_pacer.Run(now, this))
        {
            _keyframeOwed = true;
        }

        SendPadding(now);
        if (_keyframeOwed && _pacer.MaySend(now))
        {
            _keyframeOwed = false;
            AskForKeyframes(now);
        }
    }

    public int SendPayload(SendStream stream, PacketizedFrame frame, int index, MediaTime now) => Write(stream, frame, index, null, now);

    public int SendRepair(SendStream stream, ushort sequence, MediaTime now)
    {
        var room = transport.Reserve();
        var length = stream.Retransmit(sequence, now, room);
        return length > 0 ? Commit(stream, room, length, now) : 0;
    }

    /// <summary>RTCP stands in the same queue of the path as media does.</summary>
    private void CountControl(MediaTime now)
    {
        control.SetTarget(_congestion is { IsLimited: true } congestion ? congestion.TargetBps : null);
        if (control.TakeUncounted() is > 0 and var bytes && control.IsOfNote)
        {
            _pacer.OnSent(bytes, now);
            _congestion?.OnSentUnnumbered(bytes);
        }
    }

    private void SendVideo(SendStream stream, PacketizedFrame frame, MediaTime now)
    {
        if (!_pacer.Admits(frame, stream))
        {
            return;
        }

        if (_congestion is not null)
        {
            _pacer.SetRate(_congestion.PacingAt(now), now);
        }

        var index = 0;
        while (index < frame.Count && _pacer.MaySend(now))
        {
            _pacer.OnSent(Write(stream, frame, index++, null, now), now);
        }

        if (index == frame.Count)
        {
            return;
        }

        _keyframeOwed |= !_pacer.Enqueue(frame, index, stream, now);
        Run(now); // a probe may begin with it
    }

    private void SendPadding(MediaTime now)
    {
        while (_congestion is { PaddingWanted: true } && _pacer.IsEmpty && _pacer.FreeAt <= now)
        {
            var bytes = WritePadding(_congestion.PaddingBytes, now);
            if (bytes == 0)
            {
                _congestion.AbandonProbe(now);
                return;
            }

            _pacer.OnSent(bytes, now);
        }
    }

    private int WritePadding(int wireBytes, MediaTime now)
    {
        if (PaddingStream() is not { } stream)
        {
            return 0;
        }

        var room = transport.Reserve();
        var wanted = Math.Min(wireBytes, room.Length - SendStream.MaxHeaderBytes - SrtpSession.MaxTrailer) - WireOverhead - HeaderOverhead;
        var length = stream.WritePadding(wanted, now, room);
        return length > 0 ? Commit(stream, room, length, now) : 0;
    }

    private SendStream? PaddingStream()
    {
        foreach (var sender in media.Senders)
        {
            if (sender.Sends && sender.Stream is { HasRtx: true, IsNumbered: true } stream)
            {
                return stream;
            }
        }

        return null;
    }

    private int Write(SendStream stream, PacketizedFrame frame, int index, AudioLevel? level, MediaTime now)
    {
        var room = transport.Reserve();
        if (frame[index].Length + SendStream.MaxHeaderBytes + SrtpSession.MaxTrailer > room.Length)
        {
            return 0;
        }

        var bytes = Commit(stream, room, stream.Write(frame, index, now, level, room), now);
        return stream.IsProtected ? bytes + SendFec(stream, now) : bytes;
    }

    /// <summary>The FEC packets that are due behind the packet written last.</summary>
    private int SendFec(SendStream stream, MediaTime now)
    {
        var bytes = 0;
        for (var room = transport.Reserve(); stream.WriteFec(now, room) is > 0 and var length; room = transport.Reserve())
        {
            bytes += Commit(stream, room, length, now);
        }

        return bytes;
    }

    private int Commit(SendStream stream, Span<byte> room, int length, MediaTime now)
    {
        if (!transport.SendRtp(room, length))
        {
            return 0;
        }

        var bytes = length + WireOverhead;
        if (_congestion is null)
        {
            return bytes;
        }

        if (stream.IsNumbered)
        {
            _congestion.OnSent(media.TransportSequence.Last, bytes, now);
        }
        else
        {
            _congestion.OnSentUnnumbered(bytes);
        }

        return bytes;
    }

    private void RestartVideo()
    {
        foreach (var sender in media.Senders)
        {
            if (sender.Sends && sender.Media.Kind == MediaKind.Video)
            {
                _pacer.Restart(sender.Stream);
                sender.Stream.ForgetSent();
            }
        }
    }

    private void AskForKeyframes(MediaTime now)
    {
        foreach (var sender in media.Senders)
        {
            if (_pacer.AwaitsKeyframe(sender.Stream))
            {
                handler.OnKeyframeRequested(sender.Track, now);
            }
        }
    }

    private double ReportedLoss()
    {
        var most = 0.0;
        foreach (var sender in media.Senders)
        {
            most = Math.Max(most, sender.Stream.FractionLost);
        }

        return most;
    }
}
