using Mcu.Rtp;
using Mcu.Rtp.Receive;

namespace Mcu.WebRtc.Peer;

/// <summary>
/// Finds the track of a packet in a bundle (RFC 9143 section 9.2): by MID extension, then by an SSRC already bound or announced,
/// then by a payload type that only one section has. What is found stays bound to the SSRC.
/// </summary>
internal sealed class TrackDemux : IDisposable
{
    /// <summary>SSRCs known at once: four tracks with retransmission, and as many again from before they changed.</summary>
    public const int MaxStreams = 16;

    private readonly SenderClock _clock = new();
    private readonly List<MediaReceiver> _receivers = [];
    private readonly List<RemoteStream> _streams = new(MaxStreams);

    public List<MediaReceiver> Receivers => _receivers;

    public List<RemoteStream> Streams => _streams;

    /// <summary>The stream of a packet, or null where no section claims it.</summary>
    public RemoteStream? Find(in RtpPacket packet)
    {
        var ssrc = packet.Ssrc;
        var bound = BySsrc(ssrc);
        var receiver = ByMid(packet) ?? bound?.Receiver ?? ByAnnouncement(ssrc) ?? ByPayloadType(packet.PayloadType);
        if (receiver is null)
        {
            return null;
        }

        var use = receiver.UseOf(packet.PayloadType, out _);
        if (use == PayloadUse.Unknown)
        {
            return null;
        }

        var isRtx = use == PayloadUse.Retransmission;
        return bound is not null && ReferenceEquals(bound.Receiver, receiver) && bound.IsRtx == isRtx ? bound : Bind(ssrc, receiver, isRtx);
    }

    public RemoteStream? BySsrc(uint ssrc)
    {
        foreach (var stream in _streams)
        {
            if (stream.Ssrc == ssrc)
            {
                return stream;
            }
        }

        return null;
    }

    /// <summary>Forgets one SSRC, e.g. after its BYE.</summary>
    public void Remove(RemoteStream stream)
    {
        _streams.Remove(stream);
        stream.Dispose();
        if (ReferenceEquals(stream.Receiver.Current, stream))
        {
            stream.Receiver.Current = null;
        }
    }

    public void RemoveReceiver(MediaReceiver receiver)
    {
        _receivers.Remove(receiver);
        foreach (var stream in _streams)
        {
            if (ReferenceEquals(stream.Receiver, receiver))
            {
                stream.Dispose();
            }
        }

        _streams.RemoveAll(stream => ReferenceEquals(stream.Receiver, receiver));
    }

    public void Dispose()
    {
        foreach (var stream in _streams)
        {
            stream.Dispose();
        }

        _streams.Clear();
    }

    private RemoteStream Bind(uint ssrc, MediaReceiver receiver, bool isRtx)
    {
        if (BySsrc(ssrc) is { } stale)
        {
            Remove(stale);
        }
        else if (_streams.Count == MaxStreams)
        {
            Remove(SilentLongest());
        }

        var stream = new RemoteStream(ssrc, receiver, isRtx, _clock);
        _streams.Add(stream);
        return stream;
    }

    private RemoteStream SilentLongest()
    {
        var silent = _streams[0];
        foreach (var stream in _streams)
        {
            silent = stream.LastPacket < silent.LastPacket ? stream : silent;
        }

        return silent;
    }

    private MediaReceiver? ByMid(in RtpPacket packet)
    {
        foreach (var receiver in _receivers)
        {
            // One bundle has one id per extension (RFC 9143 section 10), but each section says whether it uses it.
            if (receiver.Extensions.TryReadMid(packet, out var mid) && mid.SequenceEqual(receiver.Mid))
            {
                return receiver;
            }
        }

        return null;
    }

    private MediaReceiver? ByAnnouncement(uint ssrc)
    {
        foreach (var receiver in _receivers)
        {
            if (receiver.Announced(ssrc))
            {
                return receiver;
            }
        }

        return null;
    }

    private MediaReceiver? ByPayloadType(byte payloadType)
    {
        MediaReceiver? only = null;
        foreach (var receiver in _receivers)
        {
            if (receiver.UseOf(payloadType, out _) != PayloadUse.Unknown)
            {
                if (only is not null)
                {
                    return null;
                }

                only = receiver;
            }
        }

        return only;
    }
}
