using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Video;

namespace Mcu.Rtp;

/// <summary>How loud a packet's audio is (RFC 6464 section 3).</summary>
/// <param name="Level">0 (loudest) to 127 (silence), in -dBov.</param>
/// <param name="Voice">The sender believes that this is speech.</param>
public readonly record struct AudioLevel(byte Level, bool Voice)
{
    public static readonly AudioLevel Silence = new(127, false);
}

/// <summary>
/// The negotiated id of each header extension, 0 where it was not negotiated, with typed readers and writers.
/// Reading what was not negotiated finds nothing; writing it writes nothing.
/// </summary>
public readonly record struct ExtensionMap(byte Mid, byte AudioLevel, byte AbsoluteSendTime, byte TransportSequence, byte VideoOrientation)
{
    public static readonly ExtensionMap None;

    public byte this[RtpHeaderExtensionKind kind] =>
        kind switch
        {
            RtpHeaderExtensionKind.Mid => Mid,
            RtpHeaderExtensionKind.AudioLevel => AudioLevel,
            RtpHeaderExtensionKind.AbsoluteSendTime => AbsoluteSendTime,
            RtpHeaderExtensionKind.TransportSequence => TransportSequence,
            RtpHeaderExtensionKind.VideoOrientation => VideoOrientation,
            _ => 0,
        };

    /// <summary>True if an id needs the two-byte form (RFC 8285 section 4.3).</summary>
    public bool NeedsTwoByteForm => Mid > 14 || AudioLevel > 14 || AbsoluteSendTime > 14 || TransportSequence > 14 || VideoOrientation > 14;

    /// <summary>The same map with one id set (1 to 255, or 0 to take it out).</summary>
    public ExtensionMap With(RtpHeaderExtensionKind kind, byte id) =>
        kind switch
        {
            RtpHeaderExtensionKind.Mid => this with { Mid = id },
            RtpHeaderExtensionKind.AudioLevel => this with { AudioLevel = id },
            RtpHeaderExtensionKind.AbsoluteSendTime => this with { AbsoluteSendTime = id },
            RtpHeaderExtensionKind.TransportSequence => this with { TransportSequence = id },
            RtpHeaderExtensionKind.VideoOrientation => this with { VideoOrientation = id },
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a known header extension."),
        };

    /// <summary>The MID as the ASCII bytes it was sent in.</summary>
    public bool TryReadMid(in RtpPacket packet, out ReadOnlySpan<byte> mid) => packet.TryGetExtension(Mid, out mid) && mid.Length > 0;

    public bool TryReadAudioLevel(in RtpPacket packet, out AudioLevel level)
    {
        var found = packet.TryGetExtension(AudioLevel, out var value) && value.Length >= 1;
        level = found ? new AudioLevel((byte)(value[0] & 0x7F), (value[0] & 0x80) != 0) : default;
        return found;
    }

    /// <summary>The low 24 bits of the sender's clock in units of 2^-18 s; wraps every 64 s.</summary>
    public bool TryReadAbsoluteSendTime(in RtpPacket packet, out uint time)
    {
        var found = packet.TryGetExtension(AbsoluteSendTime, out var value) && value.Length >= 3;
        time = found ? (uint)((value[0] << 16) | (value[1] << 8) | value[2]) : 0;
        return found;
    }

    public bool TryReadTransportSequence(in RtpPacket packet, out ushort sequence)
    {
        var found = packet.TryGetExtension(TransportSequence, out var value) && value.Length >= 2;
        sequence = found ? BinaryPrimitives.ReadUInt16BigEndian(value) : (ushort)0;
        return found;
    }

    /// <summary>How to turn the picture: the two low bits; camera and flip bits are not honoured, as browsers never set the flip.</summary>
    public bool TryReadVideoOrientation(in RtpPacket packet, out VideoRotation rotation)
    {
        var found = packet.TryGetExtension(VideoOrientation, out var value) && value.Length >= 1;
        rotation = found ? (VideoRotation)((value[0] & 0x03) * 90) : VideoRotation.None;
        return found;
    }

    /// <summary>Writes the MID, given as ASCII bytes.</summary>
    public void WriteMid(ref RtpWriter writer, ReadOnlySpan<byte> mid)
    {
        if (Mid != 0 && mid.Length > 0)
        {
            writer.AddExtension(Mid, mid);
        }
    }

    public void WriteAudioLevel(ref RtpWriter writer, AudioLevel level)
    {
        if (AudioLevel != 0)
        {
            writer.AddExtension(AudioLevel, [(byte)((level.Voice ? 0x80 : 0) | Math.Min(level.Level, (byte)127))]);
        }
    }

    /// <summary>Writes the time of sending as 6.18 fixed-point seconds.</summary>
    public void WriteAbsoluteSendTime(ref RtpWriter writer, MediaTime now)
    {
        if (AbsoluteSendTime != 0)
        {
            var time = now.ToRtpUnits(1 << 18);
            writer.AddExtension(AbsoluteSendTime, [(byte)(time >> 16), (byte)(time >> 8), (byte)time]);
        }
    }

    public void WriteTransportSequence(ref RtpWriter writer, ushort sequence)
    {
        if (TransportSequence != 0)
        {
            writer.AddExtension(TransportSequence, [(byte)(sequence >> 8), (byte)sequence]);
        }
    }

    public void WriteVideoOrientation(ref RtpWriter writer, VideoRotation rotation)
    {
        if (VideoOrientation != 0)
        {
            writer.AddExtension(VideoOrientation, [(byte)((int)rotation / 90)]);
        }
    }

    /// <summary>
    /// Sets to zero what is written anew each time the same packet is sent, its time and its number on the transport: FEC is computed over
    /// packets without them, by browsers too.
    /// </summary>
    public void ClearSendTimes(Span<byte> packet)
    {
        if (RtpPacket.TryParse(packet, out var parsed))
        {
            Clear(packet, parsed, AbsoluteSendTime);
            Clear(packet, parsed, TransportSequence);
        }
    }

    private static void Clear(Span<byte> packet, in RtpPacket parsed, byte id)
    {
        if (parsed.TryGetExtension(id, out var value) && ((ReadOnlySpan<byte>)packet).Overlaps(value, out var offset))
        {
            packet.Slice(offset, value.Length).Clear();
        }
    }
}
