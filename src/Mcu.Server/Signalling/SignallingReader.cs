using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>Reads signalling messages. Pure; never throws, whatever the bytes.</summary>
public static class SignallingReader
{
    /// <summary>Largest message in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    public const int MaxChatLength = 2000;

    private const int MaxIdLength = 128;
    private const int MaxCandidateLength = 2048;

    private const string Types = "join, resume, offer, candidate, mute, layout, receive, chat, kick, leave, ping, pong";

    /// <summary>Reads one message.</summary>
    /// <param name="utf8">The whole message.</param>
    /// <param name="message">The message, when it is right.</param>
    /// <param name="error">What is wrong with it, when it is not.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8,
        [NotNullWhen(true)] out ClientMessage? message,
        [NotNullWhen(false)] out SignallingError? error
    )
    {
        message = null;
        error = null;
        if (utf8.Length > MaxBytes)
        {
            error = new SignallingError(null, $"A message has at most {MaxBytes} bytes.");
        }
        else if (!TryDeserialize(utf8, out var frame))
        {
            error = new SignallingError(null, "A message is one JSON object whose fields have the types of the protocol.");
        }
        else if (Read(frame) is var (read, wrong))
        {
            message = read;
            error = read is null ? new SignallingError(frame.Id, wrong) : null;
        }

        return message is not null;
    }

    private static bool TryDeserialize(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out ClientFrame? frame)
    {
        try
        {
            frame = JsonSerializer.Deserialize(utf8, WireJson.Default.ClientFrame);
            return frame is not null;
        }
        catch (JsonException)
        {
            frame = null;
            return false;
        }
    }

    private static (ClientMessage? Message, string Wrong) Read(ClientFrame frame) =>
        frame.Type switch
        {
            "join" => ReadJoin(frame),
            "resume" => ReadResume(frame),
            "offer" => frame.Sdp is { Length: > 0 } sdp ? Right(new OfferMessage(frame.Id, sdp)) : Wrong("offer needs sdp."),
            "candidate" => ReadCandidate(frame),
            "mute" => ReadMute(frame),
            "layout" => ReadLayout(frame),
            "receive" => frame.Limit is { } limit && (frame.Participant is null || IsId(frame.Participant))
                ? Right(new ReceiveMessage(frame.Id, limit, frame.Participant))
                : Wrong("receive needs limit (full, save-data or audio-only), and may have participant, an id."),
            "chat" => frame.Text is { Length: >= 1 and <= MaxChatLength } text
                ? Right(new ChatMessage(frame.Id, text))
                : Wrong($"chat needs text of 1 to {MaxChatLength} characters."),
            "kick" => IsId(frame.Participant)
                ? Right(new KickMessage(frame.Id, frame.Participant))
                : Wrong("kick needs participant, an id."),
            "leave" => Right(new LeaveMessage(frame.Id)),
            "ping" => frame.T.ValueKind == JsonValueKind.Number
                ? Right(new PingMessage(frame.Id, frame.T))
                : Wrong("ping needs t, a number."),
            "pong" => Right(new PongMessage(frame.Id)),
            null => Wrong($"A message needs a type, one of: {Types}."),
            _ => Wrong($"The type is not known. Known: {Types}."),
        };

    private static (ClientMessage?, string) ReadJoin(ClientFrame frame)
    {
        if (!Names.TryParseRoom(frame.Room, out var room))
        {
            return Wrong($"join needs room. {Names.RoomForm}");
        }

        return Names.TryParseDisplay(frame.Name, out var name)
            ? Right(new JoinMessage(frame.Id, room, name, frame.Token))
            : Wrong($"join needs name. {Names.DisplayForm}");
    }

    private static (ClientMessage?, string) ReadResume(ClientFrame frame) =>
        IsId(frame.Session) && IsId(frame.ResumeToken)
            ? Right(new ResumeMessage(frame.Id, frame.Session, frame.ResumeToken))
            : Wrong("resume needs session and resumeToken, both from joined.");

    private static (ClientMessage?, string) ReadCandidate(ClientFrame frame)
    {
        const string form = "candidate needs candidate: {candidate, sdpMid, sdpMLineIndex}, or null at the end.";
        if (frame.Candidate.ValueKind == JsonValueKind.Null)
        {
            return Right(new CandidateMessage(frame.Id, null, null, null));
        }

        if (frame.Candidate.ValueKind != JsonValueKind.Object || !TryCandidate(frame.Candidate, out var candidate))
        {
            return Wrong(form);
        }

        // Browsers mark the end with an empty candidate as well.
        var text = candidate.Candidate is { Length: > 0 } ? candidate.Candidate : null;
        var fits = text is null or { Length: <= MaxCandidateLength } && candidate.SdpMid is null or { Length: <= MaxIdLength };
        return fits && candidate is { Candidate: not null, SdpMLineIndex: null or >= 0 }
            ? Right(new CandidateMessage(frame.Id, text, candidate.SdpMid, candidate.SdpMLineIndex))
            : Wrong(form);
    }

    private static bool TryCandidate(JsonElement element, [NotNullWhen(true)] out CandidateFrame? candidate)
    {
        try
        {
            candidate = element.Deserialize(WireJson.Default.CandidateFrame);
            return candidate is not null;
        }
        catch (JsonException)
        {
            candidate = null;
            return false;
        }
    }

    private static (ClientMessage?, string) ReadMute(ClientFrame frame) =>
        frame is { Kind: { } kind, Muted: { } muted } && (frame.Participant is null || IsId(frame.Participant))
            ? Right(new MuteMessage(frame.Id, kind, muted, frame.Participant))
            : Wrong("mute needs kind (audio or video) and muted (true or false), and may have participant, an id.");

    private static (ClientMessage?, string) ReadLayout(ClientFrame frame)
    {
        if (frame is not { Scope: { } scope, Layout: { } layout } || (frame.Pinned is not null && !IsId(frame.Pinned)))
        {
            return Wrong(
                "layout needs scope (room or me) and layout (auto, grid, speaker, presenter, single or default), and may have pinned, an id."
            );
        }

        if (scope == LayoutScope.Room && (layout == LayoutKind.Default || frame.SelfView is not null))
        {
            return Wrong("layout default and selfView are only for scope me.");
        }

        var page = frame.Page ?? 0;
        return page >= 0
            ? Right(new LayoutMessage(frame.Id, new LayoutCommand(scope, layout, frame.Pinned, page, frame.SelfView)))
            : Wrong("page counts from 0.");
    }

    private static bool IsId([NotNullWhen(true)] string? text) => text is { Length: > 0 and <= MaxIdLength };

    private static (ClientMessage?, string) Right(ClientMessage message) => (message, "");

    private static (ClientMessage?, string) Wrong(string detail) => (null, detail);
}
