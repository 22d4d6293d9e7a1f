using Mcu.Codecs;
using Mcu.Media.Codecs;
using Mcu.Mixing.Audio;
using Mcu.TestKit.Audio;

namespace Mcu.Load.Clients;

/// <summary>One packet of 20 ms, empty where DTX sends nothing, and the level that its sender states (RFC 6464).</summary>
internal readonly record struct SoundPacket(byte[] Payload, byte Level, bool IsMarker = false);

/// <summary>A loop of Opus packets, encoded once and replayed by many.</summary>
internal sealed class SoundClip
{
    public const int SamplesPerPacket = 960;
    public const double MarkerHz = 3000;
    private const int SampleRate = 48_000;
    private const byte Silence = 127;

    private SoundClip(List<SoundPacket> packets) => Packets = packets;

    public IReadOnlyList<SoundPacket> Packets { get; }

    /// <summary>Ten seconds of somebody talking without pause.</summary>
    public static SoundClip Speech(NativeCodecFactory codecs, int seed)
    {
        var voice = new Voice(seed, SampleRate);
        return Encode(codecs, 500, (_, pcm) => voice.Next(pcm), dtx: false, (_, pcm) => new SoundPacket([], (byte)AudioLevel.Measure(pcm)));
    }

    /// <summary>Somebody whose microphone is open while he listens: DTX sends a packet now and then (RFC 7587 section 3.1.3).</summary>
    public static SoundClip Listening(NativeCodecFactory codecs) =>
        Encode(codecs, 500, (_, pcm) => pcm.Clear(), dtx: true, (_, _) => new SoundPacket([], Silence));

    /// <summary>A burst of 60 ms every half second, which is found again in the mix, and silence between. States that it is the loudest.</summary>
    public static SoundClip Markers(NativeCodecFactory codecs)
    {
        const int Period = 25;
        const int Burst = 3;
        var tone = new Tone(MarkerHz, SampleRate, 0.4);
        return Encode(
            codecs,
            Period * 4,
            (index, pcm) =>
            {
                pcm.Clear();
                if (index % Period < Burst)
                {
                    tone.Next(pcm);
                }
            },
            dtx: false,
            (index, _) => new SoundPacket([], 0, index % Period == 0)
        );
    }

    private delegate void Source(int index, Span<float> pcm);

    private delegate SoundPacket Description(int index, ReadOnlySpan<float> pcm);

    private static SoundClip Encode(NativeCodecFactory codecs, int count, Source source, bool dtx, Description describe)
    {
        using var encoder = codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(32_000, InbandFec: true, Dtx: dtx));
        var pcm = new float[SamplesPerPacket];
        var payload = new byte[1500];
        var packets = new List<SoundPacket>(count);
        for (var i = 0; i < count; i++)
        {
            source(i, pcm);
            packets.Add(describe(i, pcm) with { Payload = payload.AsSpan(0, encoder.Encode(pcm, payload)).ToArray() });
        }

        return new SoundClip(packets);
    }
}
