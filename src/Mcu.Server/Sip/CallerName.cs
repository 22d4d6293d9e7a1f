using Mcu.Server.Rooms;
using Mcu.Sip.Messages;

namespace Mcu.Server.Sip;

/// <summary>What others read of who calls: the name that the phone gives itself; of a number only its last two digits.</summary>
internal static class CallerName
{
    private const int ShownDigits = 2;
    private const int MaxLength = 40;

    /// <summary>A valid display name.</summary>
    public static string Of(NameAddress caller)
    {
        var name = Cut(caller.DisplayName);
        if (name.Length > 0 && !IsNumber(name) && Names.TryParseDisplay(name, out var display))
        {
            return display;
        }

        var user = name.Length > 0 ? name : Cut(caller.Uri.UserName);
        if (!IsNumber(user))
        {
            return Names.TryParseDisplay(user, out var given) ? given : "Phone";
        }

        var digits = string.Concat(user.Where(char.IsAsciiDigit));
        return $"Phone …{digits[^ShownDigits..]}";
    }

    private static string Cut(string text) => text.Length > MaxLength ? text[..MaxLength] : text;

    private static bool IsNumber(string text) =>
        text.Count(char.IsAsciiDigit) > ShownDigits
        && text.All(c => char.IsAsciiDigit(c) || "+-. ()/".Contains(c, StringComparison.Ordinal));
}
