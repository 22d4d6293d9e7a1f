using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Rtp.Fec;

/// <summary>
/// The FEC of one outgoing video stream: watches its packets as they are written, and writes FEC packets behind the last of each group, in the
/// same sequence and in RED like the media they protect (RFC 5109 section 14.1). Nothing changes on the wire while it is off. One owner.
/// </summary>
/// <param name="stream">The stream. Only codecs whose frames are numbered are protected (VP8, VP9), so that a lost FEC packet leaves no doubt.</param>
/// <param name="redPayloadType">Negotiated for RED.</param>
/// <param name="fecPayloadType">Negotiated for ULPFEC.</param>
public sealed class VideoProtection(SendStream stream, byte redPayloadType, byte fecPayloadType)
{
    /// <summary>Patience for small frames in parts of a round trip: what is restored later than that, RTX restores as well.</summary>
    private const int PatienceDivisor = 2;

    private readonly ProtectionPolicy _policy = new();
    private readonly UlpfecEncoder _encoder = new();
    private byte[] _payload = []; // until FEC is needed
    private MediaTime _frameTime;

    /// <summary>FEC packets for each media packet now, 0 while off. A budget for media and FEC together is 1 + this times the media's.</summary>
    public double Rate => _policy.Rate;

    /// <summary>After the stream has taken a receiver's report.</summary>
    public void OnReport() => _policy.OnReport(stream.FractionLost, stream.RoundTripTime);

    /// <summary>Before the first packet of a frame is written.</summary>
    public void BeginFrame(PacketizedFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        var rate =
            frame.Codec == VideoCodec.H264 ? 0
            : frame.IsKeyframe ? _policy.KeyframeRate
            : _policy.Rate;
        if (rate == 0)
        {
            if (stream.FecRedPayloadType is not null)
            {
                stream.FecRedPayloadType = null;
                _encoder.Reset();
            }

            return;
        }

        _payload = _payload.Length > 0 ? _payload : new byte[UlpfecHeader.MaxLength + UlpfecEncoder.MaxBody];
        stream.FecRedPayloadType = redPayloadType;
        _frameTime = frame.Time;
        _encoder.BeginFrame(frame.Count, rate, (stream.RoundTripTime ?? TimeSpan.Zero) / PatienceDivisor);
    }

    /// <summary>After a packet of the frame was written, before it is encrypted.</summary>
    public void OnWritten(ReadOnlySpan<byte> packet, MediaTime now)
    {
        if (stream.FecRedPayloadType is null || !RtpPacket.TryParse(packet, out var red))
        {
            return;
        }

        Span<byte> header = stackalloc byte[SendStream.MaxHeaderBytes];
        header = header[..red.HeaderLength];
        packet[..red.HeaderLength].CopyTo(header);
        header[1] = (byte)((header[1] & 0x80) | stream.PayloadType);
        stream.Extensions.ClearSendTimes(header);
        _encoder.Add(header, packet[(red.HeaderLength + RedEncapsulation.HeaderLength)..], now);
    }

    /// <summary>Writes the next FEC packet that is due behind the packet written last; 0 if there is none.</summary>
    public int WriteNext(MediaTime now, Span<byte> destination) =>
        stream.FecRedPayloadType is not null && _encoder.TryTake(_payload, out var length)
            ? stream.WriteFec(_payload.AsSpan(0, length), fecPayloadType, _frameTime, now, destination)
            : 0;
}
