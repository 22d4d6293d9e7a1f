using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Benchmarks.Network;

/// <summary>A guest's microphone as a browser sends it: Opus at 32 kbit/s with in-band FEC, a packet every 20 ms, its level stated; silence while it has nothing to say.</summary>
/// <param name="codecs">Encodes.</param>
/// <param name="speech">48 kHz, repeated for ever; goes on only while the guest talks.</param>
/// <param name="talks">Whether the guest talks at a time since the microphone was opened.</param>
/// <param name="first">When it is opened.</param>
internal sealed class Microphone(ICodecFactory codecs, float[] speech, Func<TimeSpan, bool> talks, MediaTime first) : IDisposable
{
    private const int FrameSamples = 960;
    private static readonly TimeSpan s_frame = TimeSpan.FromMilliseconds(20);

    private readonly IAudioEncoder _encoder = codecs.CreateAudioEncoder(
        AudioCodec.Opus,
        new AudioEncoderSettings(32_000, 5, InbandFec: true)
    );
    private readonly AudioPacketizer _packetizer = new(new PacketizedFramePool(BufferPool.Shared));
    private readonly float[] _samples = new float[FrameSamples];
    private readonly byte[] _payload = new byte[1500];
    private readonly MediaTime _opened = first;
    private int _taken;
    private int _spoken;

    public MediaTime NextDeadline => _opened + (s_frame * _taken);

    /// <summary>The next frame, whose reference is the caller's, and its level (RFC 6464).</summary>
    public PacketizedFrame Take(out Rtp.AudioLevel level)
    {
        var time = NextDeadline;
        _taken++;
        _samples.AsSpan().Clear();
        var talking = talks(time - _opened);
        if (talking)
        {
            speech.AsSpan(_spoken, FrameSamples).CopyTo(_samples);
            _spoken = _spoken + (2 * FrameSamples) <= speech.Length ? _spoken + FrameSamples : 0;
        }

        level = new Rtp.AudioLevel((byte)Mixing.Audio.AudioLevel.Measure(_samples), talking);
        var length = _encoder.Encode(_samples, _payload);
        return _packetizer.Packetize(_payload.AsSpan(0, length), time);
    }

    public void Dispose() => _encoder.Dispose();
}
