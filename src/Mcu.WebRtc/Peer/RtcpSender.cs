using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Rtp.Rtcp;
using Mcu.Sdp.Negotiation;

namespace Mcu.WebRtc.Peer;

/// <summary>
/// Everything a peer says over RTCP: reports at random intervals (RFC 3550 section 6.2, AVPF RFC 4585 section 3.5), and feedback
/// as soon as it is due, all within the share that <see cref="ControlTraffic"/> leaves them.
/// </summary>
internal sealed class RtcpSender(PeerMedia media, SecureTransport transport, ControlTraffic control, WebRtcPeerOptions options)
{
    /// <summary>Longest datagram, before encryption.</summary>
    private const int MaxLength = 1150;

    private const int MaxBlocks = 8;
    private const int MaxNacks = 128;

    /// <summary>A stream that was silent for longer is not reported on.</summary>
    private static readonly TimeSpan ReportedFor = TimeSpan.FromSeconds(5);

    private readonly byte[] _cname = media.Cname;
    private MediaTime _nextReport = MediaTime.Zero;

    public MediaTime NextDeadline
    {
        get
        {
            if (!transport.CanSend)
            {
                return MediaTime.Never;
            }

            var next = MediaTime.Min(_nextReport, media.TransportFeedback.NextDeadline);
            foreach (var stream in media.Demux.Streams)
            {
                next = MediaTime.Min(next, MediaTime.Max(stream.Stream.NextDeadline, control.FreeAt));
            }

            foreach (var receiver in media.Demux.Receivers)
            {
                next = MediaTime.Min(next, receiver.NextDeadline);
            }

            return next;
        }
    }

    public void Run(MediaTime now)
    {
        if (!transport.CanSend)
        {
            return;
        }

        SendNacks(now);
        SendTransportFeedback(now);
        SendKeyframeRequests(now);
        if (now >= _nextReport)
        {
            var length = SendReports(now);
            _nextReport = now + (control.ReportInterval(length, options.ReportInterval) * Jitter());
        }
    }

    /// <summary>REMB for everything the peer sends us.</summary>
    public void SendBitrateEstimate(long bitrateBps, MediaTime now)
    {
        if (!transport.CanSend || !media.TakesBitrateEstimates)
        {
            return;
        }

        Span<uint> sources = stackalloc uint[TrackDemux.MaxStreams];
        var count = 0;
        foreach (var stream in media.Demux.Streams)
        {
            sources[count++] = stream.Ssrc;
        }

        var room = transport.Reserve();
        var writer = Begin(room);
        writer.TryAddBitrateEstimate(media.LocalSsrc, bitrateBps, sources[..count]);
        Send(room, writer.Length, now);
    }

    /// <summary>BYE of all our streams, after a report as a compound demands (RFC 3550 section 6.1).</summary>
    public void SendBye()
    {
        if (!transport.CanSend)
        {
            return;
        }

        Span<uint> sources = stackalloc uint[2 * media.Senders.Count + 1];
        var count = 0;
        foreach (var sender in media.Senders)
        {
            sources[count++] = sender.Stream.Ssrc;
        }

        if (count == 0)
        {
            sources[count++] = media.LocalSsrc;
        }

        var room = transport.Reserve();
        var writer = new RtcpWriter(room[..MaxLength]);
        BeginCompound(ref writer);
        writer.TryAddBye(sources[..count]);
        transport.SendRtcp(room, writer.Length);
    }

    private int SendReports(MediaTime now)
    {
        Span<ReportBlock> blocks = stackalloc ReportBlock[MaxBlocks];
        var rest = blocks[..CollectBlocks(blocks, now)];
        var room = transport.Reserve();
        var writer = new RtcpWriter(room[..MaxLength]);
        foreach (var sender in media.Senders)
        {
            if (sender.Stream.PacketsSent > 0)
            {
                // All blocks go with the first report.
                writer.TryAddSenderReport(sender.Stream.BuildSenderReport(now, options.Clock.At(now)), rest);
                rest = [];
            }
        }

        if (writer.Length == 0)
        {
            writer.TryAddReceiverReport(media.LocalSsrc, rest);
        }

        AddCnames(ref writer);
        Send(room, writer.Length, now);
        return writer.Length;
    }

    private int CollectBlocks(Span<ReportBlock> blocks, MediaTime now)
    {
        var count = 0;
        foreach (var stream in media.Demux.Streams)
        {
            if (count < blocks.Length && !stream.IsRtx && now - stream.LastPacket < ReportedFor)
            {
                blocks[count++] = stream.Stream.BuildReport(now);
            }
        }

        return count;
    }

    private void AddCnames(ref RtcpWriter writer)
    {
        if (media.Senders.Count == 0)
        {
            writer.TryAddCname(media.LocalSsrc, _cname);
        }

        foreach (var sender in media.Senders)
        {
            writer.TryAddCname(sender.Stream.Ssrc, _cname);
        }
    }

    private void SendNacks(MediaTime now)
    {
        Span<ushort> lost = stackalloc ushort[MaxNacks];
        foreach (var remote in media.Demux.Streams)
        {
            var stream = remote.Stream;
            if (stream.KeyFrameNeeded)
            {
                stream.KeyFrameNeeded = false;
                remote.Receiver.WantKeyframe();
            }

            var count = stream.NextDeadline <= now && control.FreeAt <= now ? stream.PollNacks(now, media.RoundTrip, lost) : 0;
            if (count > 0)
            {
                var room = transport.Reserve();
                var writer = Begin(room);
                writer.TryAddNack(new FeedbackSources(media.LocalSsrc, remote.Ssrc), lost[..count]);
                transport.SendRtcp(room, writer.Length);
                control.OnRepairAsked(writer.Length, now);
            }
        }
    }

    private void SendTransportFeedback(MediaTime now)
    {
        media.TransportFeedback.MostBps = control.FeedbackBps;
        var mediaSsrc = media.Demux.Streams.Count > 0 ? media.Demux.Streams[0].Ssrc : 0;
        while (media.TransportFeedback.NextDeadline <= now)
        {
            var room = transport.Reserve();
            var writer = Begin(room);
            if (!media.TransportFeedback.TryWrite(now, new FeedbackSources(media.LocalSsrc, mediaSsrc), ref writer))
            {
                return;
            }

            Send(room, writer.Length, now);
        }
    }

    private void SendKeyframeRequests(MediaTime now)
    {
        foreach (var receiver in media.Demux.Receivers)
        {
            if (!receiver.TakeKeyframeRequest(now))
            {
                continue;
            }

            var ssrc = receiver.Current!.Ssrc;
            var room = transport.Reserve();
            var writer = Begin(room);
            if (receiver.Media.Feedback.HasFlag(FeedbackKinds.Pli))
            {
                writer.TryAddPictureLossIndication(new FeedbackSources(media.LocalSsrc, ssrc));
            }
            else
            {
                writer.TryAddFullIntraRequest(media.LocalSsrc, new FullIntraRequestEntry(ssrc, receiver.NextFirSequence()));
            }

            Send(room, writer.Length, now);
        }
    }

    private void Send(Span<byte> room, int length, MediaTime now)
    {
        transport.SendRtcp(room, length);
        control.OnSent(length, now);
    }

    /// <summary>Feedback stands alone only where the peer agreed to reduced-size RTCP.</summary>
    private RtcpWriter Begin(Span<byte> room)
    {
        var writer = new RtcpWriter(room[..MaxLength]);
        if (!media.ReducedSizeRtcp)
        {
            BeginCompound(ref writer);
        }

        return writer;
    }

    private void BeginCompound(ref RtcpWriter writer)
    {
        writer.TryAddReceiverReport(media.LocalSsrc, []);
        writer.TryAddCname(media.LocalSsrc, _cname);
    }

    /// <summary>0.5 to 1.5, so that reports do not fall into step (RFC 3550 section 6.3.1).</summary>
    private double Jitter()
    {
        Span<byte> value = stackalloc byte[2];
        options.Random.Fill(value);
        return 0.5 + (BinaryPrimitives.ReadUInt16BigEndian(value) / (double)ushort.MaxValue);
    }
}
