using System.Text;
using Mcu.Server.Rooms;
using Mcu.Server.Signalling;
using Shouldly;

namespace Mcu.Server.Tests;

public sealed class SignallingReaderTests
{
    public static TheoryData<string> RightMessages =>
        [
            """{"type":"join","id":1,"room":"Demo","name":"Zoë 木","token":"t"}""",
            """{"type":"resume","id":2,"session":"s","resumeToken":"abc"}""",
            """{"type":"offer","id":3,"sdp":"v=0\r\n"}""",
            """{"type":"candidate","candidate":{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"u"}}""",
            """{"type":"candidate","candidate":null}""",
            """{"type":"mute","id":4,"kind":"audio","muted":true,"participant":"p1"}""",
            """{"type":"layout","id":5,"scope":"me","layout":"default","selfView":true}""",
            """{"type":"layout","id":6,"scope":"room","layout":"speaker","pinned":"p1","page":2}""",
            """{"type":"chat","id":7,"text":"hello"}""",
            """{"type":"kick","id":8,"participant":"p1"}""",
            """{"type":"leave","id":9}""",
            """{"type":"ping","t":1.5e3}""",
            """{"type":"pong","t":1}""",
            """{"type":"receive","id":10,"limit":"save-data"}""",
            """{"type":"receive","id":11,"limit":"audio-only","participant":"p1"}""",
        ];

    [Theory]
    [MemberData(nameof(RightMessages))]
    public void A_message_of_the_protocol_is_read(string json) => Parse(json).Message.ShouldNotBeNull();

    [Fact]
    public void Fields_arrive_where_they_belong()
    {
        Parse(RightMessage(0)).Message.ShouldBe(new JoinMessage(1, "demo", "Zoë 木", "t"));
        Parse(RightMessage(5)).Message.ShouldBe(new MuteMessage(4, MediaKind.Audio, true, "p1"));
        Parse(RightMessage(6)).Message.ShouldBe(new LayoutMessage(5, new LayoutCommand(LayoutScope.Me, LayoutKind.Default, null, 0, true)));
        Parse(RightMessage(7))
            .Message.ShouldBe(new LayoutMessage(6, new LayoutCommand(LayoutScope.Room, LayoutKind.Speaker, "p1", 2, null)));
        Parse(RightMessage(13)).Message.ShouldBe(new ReceiveMessage(10, ReceiveLimit.SaveData, null));
        Parse(RightMessage(14)).Message.ShouldBe(new ReceiveMessage(11, ReceiveLimit.AudioOnly, "p1"));
        Parse(RightMessage(4)).Message.ShouldBe(new CandidateMessage(null, null, null, null));
    }

    [Fact]
    public void An_empty_candidate_marks_the_end_too() =>
        Parse("""{"type":"candidate","candidate":{"candidate":"","sdpMid":"0"}}""")
            .Message.ShouldBe(new CandidateMessage(null, null, "0", null));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"type":7}""")]
    [InlineData("""{"type":"dance","id":1}""")]
    [InlineData("""{"type":"join","name":"Ada"}""")]
    [InlineData("""{"type":"join","room":"a b","name":"Ada"}""")]
    [InlineData("""{"type":"join","room":"../x","name":"Ada"}""")]
    [InlineData("""{"type":"join","room":"demo","name":"  "}""")]
    [InlineData("""{"type":"join","room":"demo","name":"a\u0007b"}""")]
    [InlineData("""{"type":"join","room":"demo","name":"\ud800"}""")]
    [InlineData("""{"type":"join","room":"demo","name":"evil\u202egnp"}""")]
    [InlineData("""{"type":"join","room":"demo","room":"other","name":"Ada"}""")]
    [InlineData("""{"type":"offer","sdp":""}""")]
    [InlineData("""{"type":"offer","sdp":5}""")]
    [InlineData("""{"type":"candidate"}""")]
    [InlineData("""{"type":"candidate","candidate":"x"}""")]
    [InlineData("""{"type":"candidate","candidate":{}}""")]
    [InlineData("""{"type":"candidate","candidate":{"candidate":"c","sdpMLineIndex":-1}}""")]
    [InlineData("""{"type":"mute","kind":"audio"}""")]
    [InlineData("""{"type":"mute","kind":"smell","muted":true}""")]
    [InlineData("""{"type":"mute","kind":0,"muted":true}""")]
    [InlineData("""{"type":"layout","scope":"room","layout":"default"}""")]
    [InlineData("""{"type":"layout","scope":"room","layout":"grid","selfView":true}""")]
    [InlineData("""{"type":"layout","scope":"me","layout":"grid","page":-1}""")]
    [InlineData("""{"type":"receive"}""")]
    [InlineData("""{"type":"receive","limit":"little"}""")]
    [InlineData("""{"type":"receive","limit":1}""")]
    [InlineData("""{"type":"receive","limit":"full","participant":""}""")]
    [InlineData("""{"type":"chat","text":""}""")]
    [InlineData("""{"type":"kick"}""")]
    [InlineData("""{"type":"ping"}""")]
    [InlineData("""{"type":"ping","t":"now"}""")]
    [InlineData("""{"type":"leave","id":1.5}""")]
    public void Anything_else_is_refused_with_words(string json)
    {
        var (message, error) = Parse(json);
        message.ShouldBeNull();
        error.ShouldNotBeNull().Detail.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void An_error_bears_the_requests_id_where_it_could_be_read() =>
        Parse("""{"type":"chat","id":42,"text":""}""").Error!.Re.ShouldBe(42);

    [Fact]
    public void Chat_takes_2000_characters_and_no_more()
    {
        Parse($$"""{"type":"chat","text":"{{new string('x', 2000)}}"}""").Message.ShouldNotBeNull();
        Parse($$"""{"type":"chat","text":"{{new string('x', 2001)}}"}""").Message.ShouldBeNull();
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 500)) + string.Concat(Enumerable.Repeat("]", 500));
        Parse($$"""{"type":"leave","candidate":{{deep}}}""").Message.ShouldBeNull();
    }

    [Fact]
    public void A_message_over_64_KiB_is_refused() =>
        SignallingReader.TryParse(new byte[SignallingReader.MaxBytes + 1], out _, out _).ShouldBeFalse();

    [Theory]
    [MemberData(nameof(RightMessages))]
    public void No_truncated_message_is_read_or_throws(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        for (var length = 0; length < bytes.Length; length++)
        {
            SignallingReader.TryParse(bytes.AsSpan(0, length), out _, out var error).ShouldBeFalse();
            error.ShouldNotBeNull();
        }
    }

    [Fact]
    public void Damaged_messages_never_throw_and_are_either_read_or_refused()
    {
        var originals = RightMessages.Select(row => Encoding.UTF8.GetBytes(row.Data)).ToArray();
        var random = new Random(7);
        for (var run = 0; run < 20_000; run++)
        {
            var bytes = originals[run % originals.Length].ToArray();
            for (var edits = random.Next(1, 8); edits > 0; edits--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var read = SignallingReader.TryParse(bytes, out var message, out var error);
            (message is not null).ShouldBe(read);
            (error is null).ShouldBe(read);
        }
    }

    private static string RightMessage(int index) => RightMessages.ElementAt(index).Data;

    private static (ClientMessage? Message, SignallingError? Error) Parse(string json)
    {
        var read = SignallingReader.TryParse(Encoding.UTF8.GetBytes(json), out var message, out var error);
        read.ShouldBe(message is not null);
        return (message, error);
    }
}
