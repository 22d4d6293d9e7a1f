using System.Buffers.Binary;
using System.Text;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;
using Mcu.Sdp.Negotiation;

namespace Mcu.WebRtc.Peer;

/// <summary>The tracks of a peer both ways, kept in step with what was negotiated.</summary>
internal sealed class PeerMedia : IDisposable
{
    private static readonly TimeSpan ShortestFeedbackInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestFeedbackInterval = TimeSpan.FromMilliseconds(250);

    private readonly IRandomSource _random;
    private readonly List<MediaSender> _senders = [];
    private readonly MediaSender?[] _senderOf = new MediaSender?[Enum.GetValues<MediaPurpose>().Length];
    private readonly uint _receiverSsrc;

    public PeerMedia(IRandomSource random, string cname)
    {
        _random = random;
        Cname = Encoding.ASCII.GetBytes(cname);
        Span<byte> bytes = stackalloc byte[6];
        random.Fill(bytes);
        _receiverSsrc = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        TransportSequence = new TransportSequence(BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]));
    }

    public TrackDemux Demux { get; } = new();

    public List<MediaSender> Senders => _senders;

    public TransportFeedbackBuilder TransportFeedback { get; } = new(ShortestFeedbackInterval, LongestFeedbackInterval);

    /// <summary>Counts the packets of all senders.</summary>
    public TransportSequence TransportSequence { get; }

    /// <summary>What leaves and when; senders that change or end take back what waits for them.</summary>
    public Pacer Pacer { get; } = new();

    public byte[] Cname { get; }

    /// <summary>The peer reports on the numbers that our packets carry.</summary>
    public bool GivesTransportFeedback { get; private set; }

    /// <summary>Feedback may travel without a report before it (RFC 5506).</summary>
    public bool ReducedSizeRtcp { get; private set; }

    /// <summary>The peer understands REMB and wants it.</summary>
    public bool TakesBitrateEstimates { get; private set; }

    /// <summary>Who our receiver reports and feedback come from: a stream of ours, or a number of its own where we send none.</summary>
    public uint LocalSsrc => _senders.Count > 0 ? _senders[0].Stream.Ssrc : _receiverSsrc;

    /// <summary>Smoothed round trip of any of our streams, or a usual one before the first report.</summary>
    public TimeSpan RoundTrip
    {
        get
        {
            foreach (var sender in _senders)
            {
                if (sender.Stream.RoundTripTime is { } time)
                {
                    return time;
                }
            }

            return TimeSpan.FromMilliseconds(100);
        }
    }

    public void Apply(NegotiatedSession session)
    {
        ReducedSizeRtcp = true;
        TakesBitrateEstimates = false;
        GivesTransportFeedback = false;
        foreach (var media in session.Media)
        {
            ReducedSizeRtcp &= media.Rejected || media.ReducedSizeRtcp;
            TakesBitrateEstimates |= media.Feedback.HasFlag(FeedbackKinds.Remb);
            GivesTransportFeedback |= media.Sends && media.Feedback.HasFlag(FeedbackKinds.TransportCc);
            ApplyReceiver(media);
            ApplySender(media);
        }

        _senderOf.AsSpan().Clear();
        foreach (var sender in _senders)
        {
            // Of two for one track the first counts.
            _senderOf[(int)sender.Track] ??= sender;
        }
    }

    public MediaReceiver? ReceiverOf(MediaPurpose track)
    {
        foreach (var receiver in Demux.Receivers)
        {
            if (receiver.Track == track)
            {
                return receiver;
            }
        }

        return null;
    }

    public MediaSender? SenderOf(MediaPurpose track) => _senderOf[(int)track];

    public void Dispose()
    {
        Pacer.Clear();
        foreach (var sender in _senders)
        {
            sender.Dispose();
        }

        _senders.Clear();
        _senderOf.AsSpan().Clear();
        Demux.Dispose();
    }

    /// <summary>A section at the same position keeps its receiver; a new mid there is a new section (RFC 8829 section 5.2.2 recycles positions).</summary>
    private void ApplyReceiver(NegotiatedMedia media)
    {
        var existing = Demux.Receivers.Find(receiver => receiver.Media.Index == media.Index);
        if (existing is not null && (media.Rejected || !media.Receives || existing.Media.Mid != media.Mid))
        {
            Demux.RemoveReceiver(existing);
            existing = null;
        }

        if (existing is not null)
        {
            existing.Update(media);
        }
        else if (!media.Rejected && media.Receives)
        {
            Demux.Receivers.Add(new MediaReceiver(media));
        }
    }

    private void ApplySender(NegotiatedMedia media)
    {
        var existing = _senders.Find(sender => sender.Media.Index == media.Index);
        if (existing is not null && (media.Rejected || existing.Media.Local?.Ssrc != media.Local?.Ssrc))
        {
            existing.Dispose();
            _senders.Remove(existing);
            existing = null;
        }

        if (existing is not null)
        {
            existing.Update(media);
        }
        else if (!media.Rejected && media.Local is not null && (media.SendAudioCodec is not null || media.SendVideoCodec is not null))
        {
            _senders.Add(new MediaSender(media, TransportSequence, Pacer, _random));
        }
    }
}
