using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Stun;

namespace Mcu.WebRtc.Ice;

/// <summary>
/// A small controlling agent for tests and bots, made to talk to an ICE-lite peer: it knows the peer's candidates from the SDP,
/// checks them, nominates the first that answers and keeps asking for consent. It needs no candidates of its own
/// (the peer learns its address from the checks).
/// </summary>
public sealed class IceClientAgent : IIceAgent
{
    private readonly IRandomSource _random;
    private readonly ulong _tieBreaker;
    private IceCheckList? _current;
    private IceCheckList? _previous;

    public IceClientAgent(IceCredentials local, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(local);
        ArgumentNullException.ThrowIfNull(random);
        Local = local;
        _random = random;
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        random.Fill(bytes);
        _tieBreaker = BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    public IceCredentials Local { get; private set; }

    public IceState State { get; private set; }

    public NetworkPath? SelectedPath => State == IceState.Failed ? null : Selected?.Path;

    public MediaTime NextDeadline
    {
        get
        {
            var next = MediaTime.Min(_current?.NextDeadline ?? MediaTime.Never, _previous?.NextDeadline ?? MediaTime.Never);
            return Selected is { } selected ? MediaTime.Min(next, IceTiming.NextChange(State, selected.LastAnswer)) : next;
        }
    }

    private IceCandidatePair? Selected => _current?.Selected ?? _previous?.Selected;

    /// <summary>The credentials that the next <see cref="Start"/> will use: a new generation's own, announced in an offer before the answer is known.</summary>
    public void Renew(IceCredentials local)
    {
        ArgumentNullException.ThrowIfNull(local);
        Local = local;
    }

    /// <summary>
    /// Starts checking against the peer's credentials. Called again (after <see cref="Renew"/>) it is an ICE restart:
    /// the pair selected before carries media until a new one is nominated.
    /// </summary>
    public void Start(IceCredentials remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        if (_current?.Selected is not null)
        {
            _previous = _current;
        }

        _current = new IceCheckList(new IceSecrets(Local), new IceSecrets(remote), _tieBreaker, _random);
    }

    /// <summary>Adds a candidate of the peer; before <see cref="Start"/> there is nothing to check it with.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Start"/> was not called.</exception>
    public void AddCandidate(in NetworkPath path, MediaTime now)
    {
        if (_current is null)
        {
            throw new InvalidOperationException("The peer's credentials come before its candidates.");
        }

        _current.AddCandidate(path, now);
    }

    public bool IsValid(in NetworkPath path) => (_current?.IsValid(path) ?? false) || (_previous?.IsValid(path) ?? false);

    public void Receive(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime now, DatagramBatch output)
    {
        ArgumentNullException.ThrowIfNull(output);
        // A lite peer sends no requests; its answers are all there is.
        if (!StunMessage.TryParse(datagram, out var message) || message.Class is not (StunClass.SuccessResponse or StunClass.ErrorResponse))
        {
            return;
        }

        if (_current is null || !_current.Receive(message, path, now, output))
        {
            _previous?.Receive(message, path, now, output);
        }

        UpdateState(now);
    }

    /// <summary>A full agent checks by itself: only an answer is consent (RFC 7675 section 5.1).</summary>
    public void OnMedia(in NetworkPath path, MediaTime now) { }

    public void Run(MediaTime now, DatagramBatch output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _current?.Run(now, output);
        _previous?.Run(now, output);
        UpdateState(now);
    }

    private void UpdateState(MediaTime now)
    {
        if (_current?.Selected is not null)
        {
            _previous = null;
        }

        State = Selected is { } selected ? IceTiming.StateAfter(now - selected.LastAnswer) : IceState.Waiting;
    }
}
