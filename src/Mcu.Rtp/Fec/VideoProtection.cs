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

    /// <summary>Where fewer packets than this come within the patience, a FEC packet protects one or two: it costs more than it saves, and comes no sooner.</summary>
    private const double FewestTogether = 2;

    /// <summary>A retransmission that comes within so many frames hardly shows.</summary>
    private const double FramesToRepair = 2;

    private const double RateWeight = 0.1;
    private const double FrameGrowth = 1.02;

    private readonly ProtectionPolicy _policy = new();
    private readonly UlpfecEncoder _encoder = new();

    private MediaTime _lastFrame;
    private double? _packetsPerSecond; // smoothed
    private double _frameSeconds; // from one to the next; 0 before it is known
    private bool _isIdle; // RTX does better

    /// <summary>FEC packets for each media packet now, 0 while off.</summary>
    public double Rate => _isIdle ? 0 : _policy.Rate;

    /// <summary>The frame being sent is protected, so its packets go in RED.</summary>
    public bool IsOn { get; private set; }

    public void OnReport(double fractionLost, TimeSpan? roundTrip) => _policy.OnReport(fractionLost, roundTrip);

    public void BeginFrame(PacketizedFrame frame, TimeSpan? roundTrip)
    {
        var patience = (roundTrip ?? TimeSpan.Zero) / PatienceDivisor;
        Measure(frame);
        _isIdle =
            _packetsPerSecond * patience.TotalSeconds < FewestTogether || _policy.RepairTime.TotalSeconds < FramesToRepair * _frameSeconds;
        var rate =
            frame.Codec == VideoCodec.H264 || _isIdle ? 0
            : frame.IsKeyframe ? _policy.KeyframeRate
            : _policy.Rate;
        if (rate > 0)
        {
            _encoder.BeginFrame(frame.Count, rate, patience);
        }
        else if (IsOn)
        {
            _encoder.Reset();
        }

        IsOn = rate > 0;
    }

    /// <summary>Takes a packet of the frame, without RED and times of sending.</summary>
    public void Add(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, MediaTime now) => _encoder.Add(header, payload, now);

    private void Measure(PacketizedFrame frame)
    {
        var seconds = (frame.Time - _lastFrame).TotalSeconds;
        _lastFrame = frame.Time;
        if (seconds is > 0 and < 1)
        {
            // Frames that were not sent leave gaps: those are not the rate.
            _frameSeconds = _frameSeconds > 0 ? Math.Min(seconds, _frameSeconds * FrameGrowth) : seconds;
            var now = frame.Count / seconds;
            _packetsPerSecond = _packetsPerSecond is { } before ? before + ((now - before) * RateWeight) : now;
        }
    }

    /// <summary>Writes the FEC payload that is due behind the packet added last.</summary>
    public bool TryTake(Span<byte> destination, out int length) => _encoder.TryTake(destination, out length);
}
