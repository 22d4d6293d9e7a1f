using Mcu.Sip.Messages;
using Mcu.Sip.Tests.Torture;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Messages;

public sealed class StreamTests
{
    private const string Message = "OPTIONS sip:a SIP/2.0\r\nl: 5\r\n\r\nhello";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Messages_are_cut_out_however_they_arrive(int piece)
    {
        var stream = WireText.ToBytes(string.Concat(Enumerable.Repeat(Message, 20)));
        Read(stream, piece).ShouldBe(Enumerable.Repeat(Message, 20));
    }

    [Fact]
    public void Keepalives_stand_between_messages()
    {
        var reader = new SipStreamReader();
        reader.Append(WireText.ToBytes($"\r\n\r\n{Message}\r\n{Message}\r\n\r\n\r\n"));
        var items = new List<SipStreamItem>();
        for (var item = reader.Next(out _); item != SipStreamItem.None; item = reader.Next(out _))
        {
            items.Add(item);
        }

        items.ShouldBe([
            SipStreamItem.Ping,
            SipStreamItem.Message,
            SipStreamItem.Pong,
            SipStreamItem.Message,
            SipStreamItem.Ping,
            SipStreamItem.Pong,
        ]);
    }

    [Theory]
    [InlineData("OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n")]
    [InlineData("OPTIONS sip:a SIP/2.0\r\nl: 1\r\nl: 1\r\n\r\n")]
    [InlineData("OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n")]
    [InlineData("OPTIONS sip:a SIP/2.0\r\nl: 65535\r\n\r\n")]
    [InlineData("OPTIONS sip:a SIP/2.0\r\nno colon\r\n\r\n")]
    [InlineData("OPTIONS sip:a SIP/2.0\nl: 0\n\nX: y\r\n\r\n")]
    public void A_stream_without_a_clear_length_is_broken_for_good(string text)
    {
        var reader = new SipStreamReader();
        reader.Append(WireText.ToBytes(text));
        reader.Next(out var bytes).ShouldBe(SipStreamItem.Broken);
        bytes.Length.ShouldBe(text.Length);
        reader.Append(WireText.ToBytes(Message));
        reader.Next(out _).ShouldBe(SipStreamItem.None);
    }

    [Fact]
    public void Headers_without_end_are_not_collected()
    {
        var reader = new SipStreamReader();
        var item = SipStreamItem.None;
        for (var sent = 0; item == SipStreamItem.None; sent += 1000)
        {
            sent.ShouldBeLessThan(SipMessage.MaxHeaderLength + 2000);
            reader.Append(
                new byte[1000]
                    .Select(_ => (byte)'x')
                    .ToArray()
            );
            item = reader.Next(out _);
        }

        item.ShouldBe(SipStreamItem.Broken);
    }

    [Fact]
    public void The_torture_messages_with_a_length_come_through_a_stream()
    {
        // wsinv has its length, as all that are parsed here.
        var messages = ValidMessages.All.Where(message => message.Name is not "dblreq").ToList();
        var stream = messages.SelectMany(message => message.Bytes).ToArray();
        Read(stream, 100).Count.ShouldBe(messages.Count);
    }

    private static List<string> Read(byte[] stream, int piece)
    {
        var reader = new SipStreamReader();
        var messages = new List<string>();
        for (var at = 0; at < stream.Length; at += piece)
        {
            reader.Append(stream.AsSpan(at, Math.Min(piece, stream.Length - at)));
            while (reader.Next(out var bytes) is var item and not SipStreamItem.None)
            {
                item.ShouldBe(SipStreamItem.Message);
                messages.Add(WireText.FromBytes(bytes));
            }
        }

        return messages;
    }
}
