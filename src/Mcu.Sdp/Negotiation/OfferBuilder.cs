using System.Globalization;

namespace Mcu.Sdp.Negotiation;

/// <summary>
/// The offering side, as our own bots, load generators and tests need it: holds the sections of one peer connection over all its offers
/// and reads the answers. Not thread-safe: one owner.
/// </summary>
public sealed class OfferBuilder(LocalIdentity identity, LocalCapabilities? capabilities = null)
{
    private readonly LocalCapabilities _capabilities = capabilities ?? LocalCapabilities.Default;
    private readonly List<Section> _sections = [];
    private readonly HashSet<uint> _usedSsrcs = [];
    private ulong _version;
    private LocalTransport? _transport;
    private NegotiatedSession? _session;

    /// <summary>Adds the audio section; returns its index.</summary>
    public int AddAudio(MediaDirection direction = MediaDirection.SendRecv) => Add(MediaPurpose.Audio, direction);

    /// <summary>Adds the camera section; returns its index.</summary>
    public int AddVideo(MediaDirection direction = MediaDirection.SendRecv) => Add(MediaPurpose.Video, direction);

    /// <summary>Adds a screen share, which must come behind the camera's section; returns its index.</summary>
    /// <exception cref="InvalidOperationException">There is no camera section: the peer would take the screen for it.</exception>
    public int AddScreen()
    {
        if (!_sections.Exists(section => section.Purpose == MediaPurpose.Video))
        {
            throw new InvalidOperationException("The first video section is the camera: call AddVideo before AddScreen.");
        }

        return Add(MediaPurpose.Screen, MediaDirection.SendOnly);
    }

    /// <summary>Changes the direction for the next offer.</summary>
    public void SetDirection(int index, MediaDirection direction) => _sections[index].Direction = direction;

    /// <summary>Ends a section for good: it goes on in later offers with port 0.</summary>
    public void Stop(int index) => _sections[index].Stopped = true;

    /// <summary>The next offer, one version on.</summary>
    public SessionDescription Build(LocalTransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        _transport = transport;
        _version++;
        var offer = new SessionDescription
        {
            Origin = SdpOrigin.Anonymous(identity.SessionId, _version),
            ExtmapAllowMixed = true,
            IceLite = transport.IceLite,
        };
        var live = _sections.FindAll(section => !section.Stopped);
        offer.Groups.Add(new MediaGroup(MediaGroup.Bundle, live.ConvertAll(section => section.Mid)));
        offer.OtherAttributes.Add(new SdpAttribute("msid-semantic", " WMS *"));
        foreach (var section in _sections)
        {
            offer.Media.Add(OfferWriter.Write(section.Purpose, section.Mid, section.Direction, _capabilities));
            if (section.Stopped)
            {
                offer.Media[^1].Port = 0;
                continue;
            }

            TransportWriter.Write(offer.Media[^1].Transport, transport, role: null, withCandidates: section == live[0]);
            if (section.Direction.Sends())
            {
                LocalSources.Announce(offer.Media[^1], section.Source);
            }
        }

        return offer;
    }

    /// <summary>Reads the answer to the offer built last.</summary>
    /// <exception cref="InvalidOperationException">No offer was built.</exception>
    public bool TryReadAnswer(SessionDescription answer, out NegotiatedSession? session, out SdpError? error)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var local = _transport ?? throw new InvalidOperationException("An answer follows an offer: call Build first.");
        session = null;
        if (!TryMatchSections(answer, out var media, out error))
        {
            return false;
        }

        var accepted = media.Where(section => !section.Rejected).Select(section => answer.Media[section.Index]);
        var transport = BundleTransport.Read(answer, accepted, out error);
        if (transport is null)
        {
            return false;
        }

        if (transport.Setup == DtlsSetup.ActPass)
        {
            error = new SdpError(0, "the answer must choose 'a=setup:active' or 'a=setup:passive'.");
            return false;
        }

        var role = transport.Setup == DtlsSetup.Active ? DtlsRole.Server : DtlsRole.Client;
        _session = SessionFactory.Create(answer, transport, role, media, local, _version, _session);
        session = _session;
        return true;
    }

    private bool TryMatchSections(SessionDescription answer, out List<NegotiatedMedia> media, out SdpError? error)
    {
        media = [];
        error = null;
        if (answer.Media.Count != _sections.Count)
        {
            error = new SdpError(0, $"the answer has {answer.Media.Count} media sections, the offer had {_sections.Count}.");
            return false;
        }

        for (var index = 0; index < _sections.Count; index++)
        {
            var (section, remote) = (_sections[index], answer.Media[index]);
            if (remote.Kind != OfferWriter.KindOf(section.Purpose) || (remote.Mid ?? section.Mid) != section.Mid)
            {
                error = new SdpError(0, $"media section {index} of the answer does not stand where the offer's '{section.Mid}' stood.");
                return false;
            }

            media.Add(MatchSection(index, answer, section));
        }

        return true;
    }

    private NegotiatedMedia MatchSection(int index, SessionDescription answer, Section section)
    {
        var remote = answer.Media[index];
        var match = SectionMatcher.Match(index, answer, remote, _capabilities);
        var usable = !remote.IsRejected && !section.Stopped && (match.AudioCodecs.Count > 0 || match.VideoCodecs.Count > 0);
        return match with
        {
            Mid = section.Mid,
            Purpose = usable ? section.Purpose : MediaPurpose.None,
            Receives = usable && section.Direction.Receives() && remote.Direction.Sends(),
            Sends = usable && section.Direction.Sends() && remote.Direction.Receives(),
            Local = section.Source,
        };
    }

    private int Add(MediaPurpose purpose, MediaDirection direction)
    {
        var rtx = purpose != MediaPurpose.Audio && _capabilities.Rtx;
        _sections.Add(
            new Section(
                _sections.Count.ToString(CultureInfo.InvariantCulture),
                purpose,
                LocalSources.Create(identity, purpose, rtx, _usedSsrcs),
                direction
            )
        );
        return _sections.Count - 1;
    }

    private sealed class Section(string mid, MediaPurpose purpose, LocalSource source, MediaDirection direction)
    {
        public string Mid { get; } = mid;

        public MediaPurpose Purpose { get; } = purpose;

        public LocalSource Source { get; } = source;

        public MediaDirection Direction { get; set; } = direction;

        public bool Stopped { get; set; }
    }
}
