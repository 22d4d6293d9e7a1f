using System.Diagnostics.CodeAnalysis;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;

namespace Mcu.Server.Sip;

/// <summary>Where a called number leads: to the room that the settings name for it, else to the room of that name.</summary>
internal sealed class DialPlan(SipOptions options)
{
    /// <param name="called">The user part of the URI that was called, unescaped.</param>
    /// <param name="room">The room.</param>
    public bool TryFindRoom(string called, [NotNullWhen(true)] out string? room)
    {
        foreach (var entry in options.Numbers)
        {
            if (entry.Number == called)
            {
                room = entry.Room;
                return true;
            }
        }

        return Names.TryParseRoom(called, out room);
    }
}
