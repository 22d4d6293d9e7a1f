using System.Buffers.Binary;
using Mcu.WebRtc.Stun;

namespace Mcu.Fuzz.Targets;

/// <summary>What is read of a STUN message is within it, and written again it reads the same and proves its integrity.</summary>
internal static class StunTarget
{
    private const int HeaderLength = 20;

    private static readonly StunAttribute[] s_attributes =
    [
        StunAttribute.Username,
        StunAttribute.ErrorCode,
        StunAttribute.Priority,
        StunAttribute.UseCandidate,
        StunAttribute.Software,
        StunAttribute.IceControlled,
        StunAttribute.IceControlling,
    ];

    private static ReadOnlySpan<byte> Password => "VOkJxbRl1RmTxUk/WvJxBt"u8;

    public static void Run(ReadOnlySpan<byte> input)
    {
        StunDemux.Classify(input);
        Check(input);
        // Most mutations break what every message has; mended, they get to the attributes.
        Check(Mended(input));
    }

    private static byte[] Mended(ReadOnlySpan<byte> input)
    {
        var bytes = input[..(input.Length & ~3)].ToArray();
        if (bytes.Length >= HeaderLength)
        {
            bytes[0] &= 0x01;
            bytes[1] = (byte)((bytes[1] & 0x10) | 0x01);
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)(bytes.Length - HeaderLength));
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), 0x2112A442);
        }

        return bytes;
    }

    private static void Check(ReadOnlySpan<byte> bytes)
    {
        var named = StunMessage.TryReadLocalUfrag(bytes, out var ufrag);
        Oracle.Within(bytes, ufrag, "the ufrag");
        if (!StunMessage.TryParse(bytes, out var message))
        {
            Oracle.Holds(!named, "a refused message names a session");
            return;
        }

        Oracle.Equal(StunDemux.Classify(bytes), DatagramKind.Stun, "kind of an accepted message");
        Oracle.Holds(bytes.Length is >= HeaderLength and <= StunMessage.MaxLength, "length of an accepted message");
        Oracle.Holds(!message.TryGetErrorCode(out var code) || code is >= 300 and <= 699, "range of the error code");
        Oracle.Holds(!message.VerifyIntegrity("none"u8) || message.HasIntegrity, "integrity without MESSAGE-INTEGRITY");
        Span<ushort> unknown = stackalloc ushort[4];
        Oracle.Holds(message.FindUnknownRequired(unknown) is >= 0 and <= 4, "number of unknown attributes");
        RoundTrip(bytes, message);
    }

    private static void RoundTrip(ReadOnlySpan<byte> bytes, in StunMessage message)
    {
        var buffer = new byte[2 * StunMessage.MaxLength];
        var writer = new StunWriter(buffer, message.Class, message.TransactionId);
        foreach (var type in s_attributes)
        {
            if (message.TryGet(type, out var value))
            {
                Oracle.Within(bytes, value, "an attribute");
                writer.Add(type, value);
            }
        }

        var hasAddress = message.TryGetXorMappedAddress(out var address);
        if (hasAddress)
        {
            writer.AddXorMappedAddress(address);
        }

        var length = writer.Finish(Password);
        if (length > StunMessage.MaxLength)
        {
            return;
        }

        Oracle.Holds(StunMessage.TryParse(buffer.AsSpan(0, length), out var again), "a written message is not read");
        Oracle.Holds(again.HasFingerprint && again.VerifyIntegrity(Password), "a written message does not prove its integrity");
        Oracle.Equal(again.Class, message.Class, "class");
        Oracle.SameBytes(again.TransactionId, message.TransactionId, "transaction id");
        foreach (var type in s_attributes)
        {
            Oracle.Equal(again.TryGet(type, out var value), message.TryGet(type, out var expected), $"presence of {type}");
            Oracle.SameBytes(value, expected, type.ToString());
        }

        Oracle.Equal(again.TryGetXorMappedAddress(out var addressAgain), hasAddress, "presence of the address");
        Oracle.Equal(addressAgain, address, "mapped address");
    }
}
