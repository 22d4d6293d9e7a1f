using Mcu.Server.Rooms;
using Mcu.Server.Signalling;

namespace Mcu.Fuzz.Targets;

/// <summary>A message is either taken, within all limits, or refused with words; white space around it changes nothing.</summary>
internal static class SignallingTarget
{
    private const int MaxIdLength = 128;

    public static void Run(ReadOnlySpan<byte> input)
    {
        var accepted = SignallingReader.TryParse(input, out var message, out var error);
        Oracle.Holds(accepted == (message is not null) && accepted == (error is null), "neither taken nor refused");
        if (!accepted)
        {
            Oracle.Holds(!string.IsNullOrWhiteSpace(error!.Detail), "refused without words");
            return;
        }

        Oracle.Holds(input.Length <= SignallingReader.MaxBytes, "longer than allowed");
        Oracle.Holds(IsWithinLimits(message!), $"beyond a limit: {message}");
        if (input.Length + 3 <= SignallingReader.MaxBytes)
        {
            Oracle.Holds(
                SignallingReader.TryParse([(byte)' ', .. input, (byte)'\r', (byte)'\n'], out var again, out _),
                "refused with spaces"
            );
            Oracle.Equal(again.ToString(), message!.ToString(), "message with spaces around it");
        }
    }

    private static bool IsWithinLimits(ClientMessage message) =>
        message switch
        {
            JoinMessage join => Names.TryParseRoom(join.Room, out var room)
                && room == join.Room
                && Names.TryParseDisplay(join.Name, out var name)
                && name == join.Name,
            ResumeMessage resume => IsId(resume.Session) && IsId(resume.ResumeToken),
            OfferMessage offer => offer.Sdp.Length > 0,
            CandidateMessage candidate => candidate.Candidate is null or { Length: > 0 and <= 2048 }
                && candidate.Mid is null or { Length: <= MaxIdLength }
                && candidate.MLineIndex is null or >= 0,
            MuteMessage mute => Enum.IsDefined(mute.Kind) && (mute.Participant is null || IsId(mute.Participant)),
            LayoutMessage { Command: var command } => Enum.IsDefined(command.Scope) && Enum.IsDefined(command.Layout) && command.Page >= 0,
            ChatMessage chat => chat.Text.Length is > 0 and <= SignallingReader.MaxChatLength,
            KickMessage kick => IsId(kick.Participant),
            _ => true,
        };

    private static bool IsId(string text) => text.Length is > 0 and <= MaxIdLength;
}
