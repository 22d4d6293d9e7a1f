using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Stun;

namespace Mcu.WebRtc.Ice;

/// <summary>
/// The ICE-lite side (RFC 8445 section 2.5): always controlled, sends no checks, answers those that carry the right password.
/// request → integrity → path table → USE-CANDIDATE selects → SelectedPath.
/// </summary>
/// <remarks>
/// Consent (RFC 7675): every authenticated check, or packet of media, is the peer's consent to be sent to on that path. After
/// <see cref="IceTiming.ConsentLifetime"/> without one the path is dead. ICE restart: <see cref="Restart"/> adds a generation; checks of the old one count on until a path
/// of the new one is nominated, so media never pauses.
/// </remarks>
public sealed class IceLiteAgent : IIceAgent
{
    private const int MaxUnknownReported = 8;

    private readonly IcePathTable _paths = new();
    private IceSecrets _local;
    private IceSecrets? _carryingLocal; // of the generation that carries media while a newer one has no nominated path yet
    private IceSecrets? _overtakenLocal; // of a restart that another followed before it took hold
    private int _generation;
    private int _selected = IcePathTable.None;

    public IceLiteAgent(IceCredentials local)
    {
        ArgumentNullException.ThrowIfNull(local);
        _local = new IceSecrets(local);
    }

    public IceCredentials Local => _local.Credentials;

    public IceState State { get; private set; }

    public NetworkPath? SelectedPath => _selected == IcePathTable.None || State == IceState.Failed ? null : _paths[_selected].Path;

    public MediaTime NextDeadline =>
        _selected == IcePathTable.None ? MediaTime.Never : IceTiming.NextChange(State, _paths[_selected].LastHeard);

    /// <summary>Whether a restart is under way whose new generation has no nominated path yet.</summary>
    public bool IsRestarting => _carryingLocal is not null;

    /// <summary>
    /// Begins a new generation with new local credentials (RFC 8445 section 9). Whatever was selected carries media until
    /// the peer nominates a path with the new credentials.
    /// </summary>
    public void Restart(IceCredentials local)
    {
        ArgumentNullException.ThrowIfNull(local);
        // A second restart before the first one took hold: media is still carried by the old generation, and the checks of the first
        // may be under way or, where the peer offered twice in a row, go on.
        _overtakenLocal = _carryingLocal is null ? null : _local;
        _carryingLocal ??= _local;
        _local = new IceSecrets(local);
        _generation++;
    }

    public bool IsValid(in NetworkPath path) => _paths.Find(path) != IcePathTable.None;

    public void Receive(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime now, DatagramBatch output)
    {
        ArgumentNullException.ThrowIfNull(output);
        // Indications keep bindings alive and ask for nothing; we send no requests, so responses are not ours.
        if (!StunMessage.TryParse(datagram, out var request) || request.Class != StunClass.Request)
        {
            return;
        }

        if (!request.HasIntegrity || !request.TryGetLocalUfrag(out var ufrag))
        {
            // RFC 8489 section 9.1.3.
            RespondError(request, StunErrorCode.BadRequest, "Bad Request"u8, default, path, output);
            return;
        }

        var credentials = SecretsOf(ufrag);
        if (credentials is null || !request.VerifyIntegrity(credentials.Password))
        {
            RespondError(request, StunErrorCode.Unauthenticated, "Unauthenticated"u8, default, path, output);
            return;
        }

        ReceiveAuthenticated(request, credentials, path, now, output);
    }

    public void OnMedia(in NetworkPath path, MediaTime now)
    {
        var slot = _paths.Find(path);
        if (slot != IcePathTable.None)
        {
            _paths[slot].LastHeard = now;
            State = StateAt(now);
        }
    }

    public void Run(MediaTime now, DatagramBatch output)
    {
        State = StateAt(now);

        _paths.RemoveSilent(now - IceTiming.ConsentLifetime, keep: _selected);
    }

    private void ReceiveAuthenticated(
        in StunMessage request,
        IceSecrets credentials,
        in NetworkPath path,
        MediaTime now,
        DatagramBatch output
    )
    {
        Span<ushort> unknown = stackalloc ushort[MaxUnknownReported];
        var unknownCount = request.FindUnknownRequired(unknown);
        if (unknownCount > 0)
        {
            RespondUnknown(request, unknown[..unknownCount], credentials, path, output);
            return;
        }

        // A lite agent is controlled whatever the peer believes; 487 makes the peer take the controlling role (RFC 8445 sections 6.1.1, 7.3.1.1).
        if (request.TryGet(StunAttribute.IceControlled, out _))
        {
            RespondError(request, StunErrorCode.RoleConflict, "Role Conflict"u8, credentials, path, output);
            return;
        }

        var slot = _paths.Touch(path, GenerationOf(credentials), now, keep: _selected);
        UpdateSelection(slot, request.HasUseCandidate, credentials, now);
        RespondSuccess(request, credentials, path, output);
        State = StateAt(now);
    }

    private IceState StateAt(MediaTime now) =>
        _selected == IcePathTable.None ? IceState.Waiting : IceTiming.StateAfter(now - _paths[_selected].LastHeard);

    /// <summary>
    /// The latest path on which the peer began to nominate wins. Peers that set USE-CANDIDATE in every check on every path
    /// begin once per path, so the choice settles and does not flap. Only where the selected path went silent does a nomination that
    /// began long ago count again: the peer came back to it.
    /// </summary>
    private void UpdateSelection(int slot, bool useCandidate, IceSecrets credentials, MediaTime now)
    {
        ref var candidate = ref _paths[slot];
        var begins = useCandidate && !candidate.IsNominated;
        candidate.IsNominated = useCandidate;
        if (useCandidate && _carryingLocal is not null && credentials != _carryingLocal)
        {
            _carryingLocal = credentials == _local ? null : credentials;
            _overtakenLocal = null;
            _selected = slot;
        }
        else if (begins || (useCandidate && IsSelectedSilent(now)))
        {
            _selected = slot;
        }
    }

    private IceSecrets? SecretsOf(ReadOnlySpan<byte> ufrag) =>
        ufrag.SequenceEqual(_local.Ufrag) ? _local
        : _carryingLocal is { } carrying && ufrag.SequenceEqual(carrying.Ufrag) ? carrying
        : _overtakenLocal is { } overtaken && ufrag.SequenceEqual(overtaken.Ufrag) ? overtaken
        : null;

    private int GenerationOf(IceSecrets credentials) =>
        credentials == _local ? _generation
        : credentials == _overtakenLocal ? _generation - 1
        : _generation - (_overtakenLocal is null ? 1 : 2);

    private bool IsSelectedSilent(MediaTime now) => StateAt(now) is IceState.Disconnected or IceState.Failed;

    private static void RespondSuccess(in StunMessage request, IceSecrets credentials, in NetworkPath path, DatagramBatch output)
    {
        var writer = new StunWriter(output.Reserve(), StunClass.SuccessResponse, request.TransactionId);
        writer.AddXorMappedAddress(path);
        output.Commit(writer.Finish(credentials.Password), path);
    }

    private static void RespondUnknown(
        in StunMessage request,
        ReadOnlySpan<ushort> unknown,
        IceSecrets credentials,
        in NetworkPath path,
        DatagramBatch output
    )
    {
        var writer = new StunWriter(output.Reserve(), StunClass.ErrorResponse, request.TransactionId);
        writer.AddErrorCode(StunErrorCode.UnknownAttribute, "Unknown Attribute"u8);
        writer.AddUnknownAttributes(unknown);
        output.Commit(writer.Finish(credentials.Password), path);
    }

    /// <summary>Errors found before the password was known right carry no integrity (RFC 8489 section 9.1.3).</summary>
    private static void RespondError(
        in StunMessage request,
        StunErrorCode code,
        ReadOnlySpan<byte> reason,
        IceSecrets? credentials,
        in NetworkPath path,
        DatagramBatch output
    )
    {
        var writer = new StunWriter(output.Reserve(), StunClass.ErrorResponse, request.TransactionId);
        writer.AddErrorCode(code, reason);
        output.Commit(writer.Finish(credentials is null ? default : credentials.Password), path);
    }
}
