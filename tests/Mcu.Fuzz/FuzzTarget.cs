using Mcu.Fuzz.Targets;
using Mcu.Media.Codecs;

namespace Mcu.Fuzz;

/// <summary>Runs one input, in an array of exactly its length, and throws if anything is wrong with what comes of it.</summary>
internal delegate void FuzzAction(ReadOnlySpan<byte> input);

/// <summary>One parser with its oracles.</summary>
/// <param name="Name">Also the folder of its corpus.</param>
/// <param name="SmokeRuns">Mutated inputs of a smoke run: a second or two of them.</param>
/// <param name="Run">What is fuzzed.</param>
internal sealed record FuzzTarget(string Name, int SmokeRuns, FuzzAction Run)
{
    public static readonly IReadOnlyList<FuzzTarget> All =
    [
        new("stun", 60_000, StunTarget.Run),
        new("rtp", 60_000, RtpTargets.Packet),
        new("rtx", 100_000, RtpTargets.Retransmission),
        new("red", 100_000, RedTarget.Run),
        new("fec", 20_000, FecTarget.Run),
        new("rtcp", 100_000, RtcpTarget.Run),
        new("vp8", 60_000, VideoTargets.Payload(VideoCodec.Vp8)),
        new("vp9", 60_000, VideoTargets.Payload(VideoCodec.Vp9)),
        new("h264", 60_000, VideoTargets.Payload(VideoCodec.H264)),
        new("assembler-vp8", 10_000, VideoTargets.Assembler(VideoCodec.Vp8)),
        new("assembler-vp9", 10_000, VideoTargets.Assembler(VideoCodec.Vp9)),
        new("assembler-h264", 10_000, VideoTargets.Assembler(VideoCodec.H264)),
        new("sdp", 3_000, SdpTargets.Description),
        new("sdp-answer", 2_000, SdpTargets.Answer),
        new("sdp-fragment", 20_000, SdpTargets.Fragment),
        new("ice-candidate", 60_000, SdpTargets.Candidate),
        new("signalling", 60_000, SignallingTarget.Run),
        new("opus", 10_000, OpusTarget.Run),
        new("sip", 20_000, SipTargets.Message),
        new("sip-stream", 10_000, SipTargets.Stream),
        new("sip-agent", 2_000, SipTargets.Agent),
        new("telephone-event", 60_000, PhoneTargets.Event),
        new("phone-sdp", 3_000, PhoneTargets.Offer),
        new("framing", 30_000, FramingTarget.Run),
    ];

    public static FuzzTarget? Named(string name) => All.FirstOrDefault(target => target.Name == name);
}
