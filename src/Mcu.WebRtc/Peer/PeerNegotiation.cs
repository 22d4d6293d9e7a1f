using System.Buffers.Binary;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Ice;

namespace Mcu.WebRtc.Peer;

/// <summary>The signalling side of a peer: what was offered and agreed, and our names and ICE credentials in it.</summary>
internal sealed class PeerNegotiation
{
    private readonly WebRtcPeerOptions _options;
    private readonly LocalIdentity _identity;

    public PeerNegotiation(WebRtcPeerOptions options)
    {
        _options = options;
        Span<byte> bytes = stackalloc byte[32];
        options.Random.Fill(bytes);
        _identity = new LocalIdentity
        {
            SessionId = BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 2,
            Cname = Convert.ToHexStringLower(bytes.Slice(8, 8)),
            StreamId = Convert.ToHexStringLower(bytes.Slice(16, 8)),
            NextSsrc = NextSsrc,
        };
        LocalIce = IceCredentialsFactory.Create(options.Random);
        Offers = new OfferBuilder(_identity, options.Capabilities);
    }

    public IceCredentials LocalIce { get; private set; }

    /// <summary>What holds now; null before the first offer and answer.</summary>
    public NegotiatedSession? Session { get; private set; }

    /// <summary>The sections a client offers.</summary>
    public OfferBuilder Offers { get; }

    public string Cname => _identity.Cname;

    private LocalTransport Transport =>
        new()
        {
            Ice = LocalIce,
            Fingerprint = _options.Certificate.Fingerprint,
            Candidates = _options.Candidates,
            IceLite = _options.Role == PeerRole.Server,
        };

    /// <summary>Answers an offer; on failure nothing has changed.</summary>
    public bool TryAnswer(string sdp, out string? answer, out SdpError? error)
    {
        answer = null;
        if (!SessionDescription.TryParse(sdp, out var offer, out error))
        {
            return false;
        }

        var before = LocalIce;
        if (Session is not null && OfferAnswer.IsIceRestart(offer!, Session))
        {
            LocalIce = IceCredentialsFactory.Create(_options.Random);
        }

        var context = new AnswerContext
        {
            Capabilities = _options.Capabilities,
            Policy = _options.Policy,
            Transport = Transport,
            Identity = _identity,
            Previous = Session,
        };
        if (!OfferAnswer.TryAnswer(offer!, context, out var agreed, out error))
        {
            LocalIce = before;
            return false;
        }

        Session = agreed!.Session;
        answer = agreed.Text;
        return true;
    }

    /// <summary>The next offer; with fresh credentials for an ICE restart.</summary>
    public string CreateOffer(bool iceRestart)
    {
        if (iceRestart)
        {
            LocalIce = IceCredentialsFactory.Create(_options.Random);
        }

        return Offers.Build(Transport).ToString();
    }

    public bool TryReadAnswer(string sdp, out SdpError? error)
    {
        if (!SessionDescription.TryParse(sdp, out var answer, out error) || !Offers.TryReadAnswer(answer!, out var session, out error))
        {
            return false;
        }

        Session = session;
        return true;
    }

    /// <summary>Restarts ICE without an offer, as WHIP's PATCH asks for it (RFC 9725 section 4.3.2).</summary>
    public SdpFragment RestartIce(IceCredentials remote)
    {
        var session = Session ?? throw new InvalidOperationException("There is no session yet whose ICE could restart.");
        LocalIce = IceCredentialsFactory.Create(_options.Random);
        Session = session with { RemoteIce = remote, Local = Transport, IceRestarted = true };
        var fragment = new SdpFragment
        {
            IceUfrag = LocalIce.Ufrag,
            IcePwd = LocalIce.Pwd,
            IceLite = true,
            EndOfCandidates = true,
        };
        var mid = session.Media.FirstOrDefault(media => !media.Rejected)?.Mid;
        foreach (var candidate in _options.Candidates)
        {
            fragment.Candidates.Add(new TrickledCandidate(mid, candidate));
        }

        return fragment;
    }

    private uint NextSsrc()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _options.Random.Fill(bytes);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
