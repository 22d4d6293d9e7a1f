using Mcu.Media.Codecs;
using Mcu.Mixing.Audio;
using Mcu.TestKit.Audio;

namespace Mcu.Load.Clips;

/// <summary>One packet of 20 ms, empty where DTX sends nothing, and the level that its sender states (RFC 6464).</summary>
internal readonly record struct SoundPacket(byte[] Payload, byte Level, bool IsMarker = false);

/// <summary>A loop of Opus packets, encoded once and replayed by many.</summary>
internal sealed class SoundClip
{
    public const int SamplesPerPacket = 960;

    /// <summary>Beyond what a voice recorded at 8 kHz contains, so that it is told from a hundred of them.</summary>
    public const double MarkerHz = 5500;

    public const int SampleRate = 48_000;

    private SoundClip(List<SoundPacket> packets) => Packets = packets;

    public IReadOnlyList<SoundPacket> Packets { get; }

    /// <summary>A recording, packet by packet; where it pauses, DTX leaves packets out.</summary>
    public static SoundClip Of(ICodecFactory codecs, ReadOnlySpan<float> recording, bool dtx)
    {
        var samples = recording.ToArray();
        return Encode(
            codecs,
            samples.Length / SamplesPerPacket,
            (index, pcm) => samples.AsSpan(index * SamplesPerPacket, pcm.Length).CopyTo(pcm),
            dtx,
            Level
        );
    }

    /// <summary>Somebody whose microphone is open while he listens: DTX sends a packet now and then (RFC 7587 section 3.1.3).</summary>
    public static SoundClip Listening(ICodecFactory codecs) => Encode(codecs, 500, (_, pcm) => pcm.Clear(), dtx: true, Level);

    /// <summary>A burst of 60 ms every half second, which is found again in the mix, and silence between. States that it is the loudest.</summary>
    public static SoundClip Markers(ICodecFactory codecs)
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

    private static SoundPacket Level(int index, ReadOnlySpan<float> pcm) => new([], (byte)AudioLevel.Measure(pcm));

    private static SoundClip Encode(ICodecFactory codecs, int count, Source source, bool dtx, Description describe)
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
