using System.Text;
using Mcu.Media;
using Mcu.Server.Configuration;
using Mcu.Server.Sip;
using Mcu.Sip.Messages;
using Shouldly;

namespace Mcu.Server.Tests.Sip;

/// <summary>What is read out of calls: where they lead, who calls, which keys.</summary>
public sealed class PhoneWordsTests
{
    [Theory]
    [InlineData("\"Rosa\" <sip:4711@example.com>", "Rosa")]
    [InlineData("<sip:rosa@example.com>", "rosa")]
    [InlineData("<sip:+4930123456@example.com>", "Phone …56")]
    [InlineData("\"+49 (30) 1234-56\" <sip:x@example.com>", "Phone …56")]
    [InlineData("<sip:example.com>", "Phone")]
    [InlineData("<sip:12@example.com>", "12")] // an extension, not a number
    public void A_caller_is_named_and_its_number_masked(string from, string shown)
    {
        NameAddress.TryParse(from, out var caller, out var error).ShouldBeTrue(error);
        CallerName.Of(caller!).ShouldBe(shown);
    }

    [Fact]
    public void A_name_that_is_too_long_or_no_text_is_a_name_all_the_same()
    {
        NameAddress.TryParse($"\"{new string('x', 500)}\" <sip:a@b>", out var caller, out _).ShouldBeTrue();
        CallerName.Of(caller!).Length.ShouldBeInRange(1, 64);
        NameAddress.TryParse("<sip:%00%01@b>", out caller, out _).ShouldBeTrue();
        CallerName.Of(caller!).ShouldBe("Phone");
    }

    [Theory]
    [InlineData("7000", "board")]
    [InlineData("sales", "sales")]
    [InlineData("Sales", "sales")]
    [InlineData("1234", "1234")]
    [InlineData("+49", null)]
    [InlineData("", null)]
    public void A_number_leads_to_its_room_and_a_name_to_the_room_of_that_name(string called, string? expected)
    {
        var plan = new DialPlan(new SipOptions { Numbers = [new NumberedRoom("7000", "board")] });
        plan.TryFindRoom(called, out var room).ShouldBe(expected is not null);
        room.ShouldBe(expected);
    }

    [Theory]
    [InlineData("application/dtmf-relay", "Signal=5\r\nDuration=160", '5')]
    [InlineData("application/dtmf-relay", "Duration=160\nsignal = *", '*')]
    [InlineData("application/dtmf", "#", '#')]
    [InlineData("application/dtmf", "11", '#')]
    [InlineData("application/dtmf", "a", 'A')]
    public void A_key_in_a_message_is_read(string type, string body, char expected)
    {
        InfoKey.TryRead(type, Encoding.ASCII.GetBytes(body), out var key).ShouldBeTrue();
        key.ShouldBe(expected);
    }

    [Theory]
    [InlineData("application/dtmf-relay", "Duration=160")]
    [InlineData("application/dtmf-relay", "Signal=flash")]
    [InlineData("application/dtmf", "")]
    [InlineData("application/dtmf", "12")]
    public void What_is_no_key_is_none(string type, string body) =>
        InfoKey.TryRead(type, Encoding.ASCII.GetBytes(body), out _).ShouldBeFalse();

    [Fact]
    public void Star_six_toggles_within_three_seconds_and_nothing_else_does()
    {
        var keys = new PhoneKeys();
        keys.Press('6', At(0)).ShouldBe(PhoneCommand.None);
        keys.Press('*', At(1)).ShouldBe(PhoneCommand.None);
        keys.Press('6', At(4)).ShouldBe(PhoneCommand.ToggleMute);
        keys.Press('6', At(4.5)).ShouldBe(PhoneCommand.None);
        keys.Press('*', At(5)).ShouldBe(PhoneCommand.None);
        keys.Press('6', At(8.5)).ShouldBe(PhoneCommand.None);
        keys.Press('*', At(9)).ShouldBe(PhoneCommand.None);
        keys.Press('1', At(9.5)).ShouldBe(PhoneCommand.None);
        keys.Press('6', At(9.6)).ShouldBe(PhoneCommand.None);
    }

    private static MediaTime At(double seconds) => MediaTime.FromMilliseconds((long)(seconds * 1000));
}
