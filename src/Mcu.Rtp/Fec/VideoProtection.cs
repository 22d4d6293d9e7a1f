using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;

namespace Mcu.Rtp.Fec;

/// <summary>What FEC packets go out as: ULPFEC inside RED (RFC 5109 section 14.1).</summary>
public readonly record struct FecPayloadTypes(byte Red, byte Ulpfec);

/// <summary>
/// The FEC of one outgoing video stream: what its frames are given, as its receiver's reports ask for. Only codecs whose frames are numbered
/// are protected (VP8, VP9), so that a lost FEC packet leaves no doubt. Part of its stream.
/// </summary>
internal sealed class VideoProtection
{
    /// <summary>Patience for small frames in parts of a round trip: what is restored later than that, RTX restores as well.</summary>
    private const int PatienceDivisor = 2;

    private readonly ProtectionPolicy _policy = new();
    private readonly UlpfecEncoder _encoder = new();

    /// <summary>FEC packets for each media packet now, 0 while off.</summary>
    public double Rate => _policy.Rate;

    /// <summary>The frame being sent is protected, so its packets go in RED.</summary>
    public bool IsOn { get; private set; }

    public void OnReport(double fractionLost, TimeSpan? roundTrip) => _policy.OnReport(fractionLost, roundTrip);

    public void BeginFrame(PacketizedFrame frame, TimeSpan? roundTrip)
    {
        var rate =
            frame.Codec == VideoCodec.H264 ? 0
            : frame.IsKeyframe ? _policy.KeyframeRate
            : _policy.Rate;
        if (rate > 0)
        {
            _encoder.BeginFrame(frame.Count, rate, (roundTrip ?? TimeSpan.Zero) / PatienceDivisor);
        }
        else if (IsOn)
        {
            _encoder.Reset();
        }

        IsOn = rate > 0;
    }

    /// <summary>Takes a packet of the frame, without RED and times of sending.</summary>
    public void Add(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, MediaTime now) => _encoder.Add(header, payload, now);

    /// <summary>Writes the FEC payload that is due behind the packet added last.</summary>
    public bool TryTake(Span<byte> destination, out int length) => _encoder.TryTake(destination, out length);
}
