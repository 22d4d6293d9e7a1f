using Mcu.Rtp.Payloads;

namespace Mcu.Fuzz.Targets;

/// <summary>The blocks of a RED payload lie side by side within it, and written again they are the same bytes.</summary>
internal static class RedTarget
{
    public static void Run(ReadOnlySpan<byte> input)
    {
        if (!RedPayload.TryParse(input, out var red))
        {
            return;
        }

        Oracle.Holds(red.RedundantCount is >= 0 and <= RedPayload.MaxRedundant, "range of the block count");
        var frames = red.Primary.Payload.Length;
        Oracle.Within(input, red.Primary.Payload, "the primary");
        for (var back = red.RedundantCount; back > 0; back--)
        {
            var block = red.Before(back);
            Oracle.Within(input, block.Payload, "a block");
            Oracle.Holds(block.PayloadType <= 127, "range of the payload type");
            Oracle.Holds(block.TimestampOffset is >= 0 and <= RedWriter.MaxTimestampOffset, "range of the timestamp offset");
            frames += block.Payload.Length;
        }

        Oracle.Equal(RedWriter.LengthOf(red.RedundantCount, frames), input.Length, "length of all parts");
        var again = new byte[input.Length];
        var writer = new RedWriter(again, red.RedundantCount);
        for (var back = red.RedundantCount; back > 0; back--)
        {
            var block = red.Before(back);
            writer.AddRedundant(block.PayloadType, block.TimestampOffset, block.Payload);
        }

        Oracle.Equal(writer.AddPrimary(red.Primary.PayloadType, red.Primary.Payload), input.Length, "length written");
        Oracle.SameBytes(again, input, "written again");
    }
}
