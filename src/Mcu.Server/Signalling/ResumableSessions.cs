using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>A session that joined by WebSocket, and the connection that speaks for it at the moment.</summary>
internal sealed class ResumableSession(IRoomSession session, string resumeToken)
{
    private SignallingDialogue? _speaker;

    public IRoomSession Session { get; } = session;

    /// <summary>256 random bits, known to this client alone.</summary>
    public string ResumeToken { get; } = resumeToken;

    /// <summary>Makes a connection the one that speaks, and returns the one that did.</summary>
    public SignallingDialogue? Attach(SignallingDialogue dialogue) => Interlocked.Exchange(ref _speaker, dialogue);

    /// <summary>Takes a connection back; false when another has replaced it.</summary>
    public bool Detach(SignallingDialogue dialogue) => Interlocked.CompareExchange(ref _speaker, null, dialogue) == dialogue;
}

/// <summary>Sessions that a new connection may resume. Each is forgotten when it ends.</summary>
internal sealed class ResumableSessions
{
    private const int TokenBytes = 32;

    private readonly ConcurrentDictionary<string, ResumableSession> _sessions = new(StringComparer.Ordinal);

    public ResumableSession Add(IRoomSession session)
    {
        var added = new ResumableSession(session, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes)));
        _sessions[session.Id] = added;
        _ = session.Completion.ContinueWith(
            (_, _) => _sessions.TryRemove(session.Id, out var _),
            null,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        return added;
    }

    /// <summary>The session, if the token is its own and it has not ended; compared in constant time.</summary>
    public ResumableSession? Find(string sessionId, string resumeToken) =>
        _sessions.TryGetValue(sessionId, out var session)
        && !session.Session.Completion.IsCompleted
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(resumeToken), Encoding.UTF8.GetBytes(session.ResumeToken))
            ? session
            : null;
}
