using Mcu.Media;
using Mcu.Rtp;
using Mcu.Rtp.Rtcp;
using Mcu.Sdp;

namespace Mcu.WebRtc.Peer;

/// <summary>Takes the peer's RTCP apart: reports and feedback to where they count, NACKs to the histories, requests to the handler.</summary>
internal sealed class RtcpReceiver(
    PeerMedia media,
    SecureTransport transport,
    PacedTransport output,
    NtpClock clock,
    IWebRtcPeerHandler handler
)
{
    private int _lastFirSequence = -1;

    public void Receive(ReadOnlySpan<byte> datagram, MediaTime now)
    {
        var reader = new RtcpReader(datagram);
        while (reader.TryRead(out var packet))
        {
            switch (packet.Type)
            {
                case RtcpPacketType.SenderReport when SenderReport.TryParse(packet, out var report):
                    OnSenderReport(report, now);
                    break;
                case RtcpPacketType.ReceiverReport when ReceiverReport.TryParse(packet, out var report):
                    OnBlocks(report.Blocks, now);
                    break;
                case RtcpPacketType.Bye when Bye.TryParse(packet, out var bye):
                    OnBye(bye);
                    break;
                case RtcpPacketType.TransportLayerFeedback:
                    OnTransportLayer(packet, now);
                    break;
                case RtcpPacketType.PayloadSpecificFeedback:
                    OnPayloadSpecific(packet, now);
                    break;
                default:
                    break;
            }
        }
    }

    private void OnSenderReport(in SenderReport report, MediaTime now)
    {
        if (media.Demux.BySsrc(report.Info.Ssrc) is { } stream)
        {
            stream.Stream.OnSenderReport(report.Info, now);
            if (!stream.IsRtx)
            {
                handler.OnSenderReport(stream.Receiver.Track, report.Info, now);
            }
        }

        OnBlocks(report.Blocks, now);
    }

    private void OnBlocks(in ReportBlocks blocks, MediaTime now)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            foreach (var sender in media.Senders)
            {
                if (sender.Stream.Ssrc == block.Ssrc)
                {
                    sender.Stream.OnReceiverReport(block, clock.At(now));
                    output.OnReceiverReport(sender, block, now);
                }
            }
        }
    }

    private void OnBye(in Bye bye)
    {
        for (var i = 0; i < bye.Count; i++)
        {
            if (media.Demux.BySsrc(bye[i]) is { } stream)
            {
                media.Demux.Remove(stream);
            }
        }
    }

    private void OnTransportLayer(in RtcpPacket packet, MediaTime now)
    {
        if (NackFeedback.TryParse(packet, out var nack))
        {
            foreach (var sender in media.Senders)
            {
                if (sender.Stream.Ssrc == nack.Sources.Media && transport.CanSend)
                {
                    output.Resend(sender, nack, now);
                }
            }
        }
        else if (TransportFeedback.TryParse(packet, out var feedback))
        {
            output.OnTransportFeedback(feedback, now);
        }
    }

    private void OnPayloadSpecific(in RtcpPacket packet, MediaTime now)
    {
        if (PictureLossIndication.TryParse(packet, out var sources))
        {
            OnKeyframeRequest(sources.Media, now);
        }
        else if (FullIntraRequest.TryParse(packet, out var request))
        {
            OnFullIntraRequest(request, now);
        }
        else if (ReceiverEstimatedBitrate.TryParse(packet, out var estimate))
        {
            output.OnBitrateEstimate(estimate.BitrateBps, now);
            handler.OnBitrateEstimate(estimate.BitrateBps, now);
        }
    }

    private void OnKeyframeRequest(uint ssrc, MediaTime now)
    {
        foreach (var sender in media.Senders)
        {
            if (sender.Owns(ssrc) && sender.Media.Kind == MediaKind.Video)
            {
                handler.OnKeyframeRequested(sender.Track, now);
                return;
            }
        }
    }

    /// <summary>One request is repeated with its number until the keyframe comes (RFC 5104 section 4.3.1.1): only a new number asks anew.</summary>
    private void OnFullIntraRequest(in FullIntraRequest request, MediaTime now)
    {
        for (var i = 0; i < request.Count; i++)
        {
            var entry = request[i];
            if (entry.Sequence != _lastFirSequence)
            {
                _lastFirSequence = entry.Sequence;
                OnKeyframeRequest(entry.Ssrc, now);
            }
        }
    }
}
