using Mcu.Codecs;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Tests;

/// <summary>Watches and listens, and notes when, on the room's clock, a beep and a flash begin: what a player in step would show together.</summary>
internal sealed class Witness(NativeCodecFactory codecs) : IMediaLeg, IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(400);

    private readonly IAudioDecoder _audio = codecs.CreateAudioDecoder(AudioCodec.Opus);
    private readonly IVideoDecoder _video = codecs.CreateVideoDecoder(VideoCodec.Vp8);
    private readonly VideoFrameAssembler _assembler = new(VideoCodec.Vp8, BufferPool.Shared);
    private readonly float[] _samples = new float[5760];
    private readonly byte[] _packet = new byte[1500];
    private ushort _sequence;
    private MediaTime _lastSound;
    private MediaTime _lastLight;

    public LegMedia Media { get; } = ConferenceRig.WatchOnly;

    public TimeSpan RoundTripTime => TimeSpan.FromMilliseconds(20);

    public List<MediaTime> Beeps { get; } = [];

    public List<MediaTime> Flashes { get; } = [];

    /// <summary>How much later than the flash each beep of the last <paramref name="window"/> began, in ms.</summary>
    public List<double> SoundLateMs(MediaTime now, TimeSpan window) =>
        [
            .. Flashes
                .Where(flash => flash > now - window && flash < now - s_pause)
                .Select(flash => Beeps.Select(beep => (beep - flash).TotalMilliseconds).MinBy(Math.Abs)),
        ];

    public void SendAudio(PacketizedFrame frame)
    {
        var count = _audio.Decode(frame[0], _samples);
        for (var i = 0; i < count; i++)
        {
            if (Math.Abs(_samples[i]) > 0.05)
            {
                Note(Beeps, ref _lastSound, frame.Time + TimeSpan.FromSeconds(i / 48_000.0));
            }
        }
    }

    public void SendVideo(PacketizedFrame frame)
    {
        for (var i = 0; i < frame.Count; i++)
        {
            var header = new RtpHeader(96, i == frame.MarkerIndex, _sequence++, (uint)frame.Time.ToRtpUnits(90_000), 1);
            var writer = new RtpWriter(_packet, header);
            RtpPacket.TryParse(_packet.AsSpan(0, writer.AddPayload(frame[i])), out var packet).ShouldBeTrue();
            _assembler.Insert(packet, frame.Time);
        }

        while (_assembler.TryTake(frame.Time, out var assembled))
        {
            See(assembled, frame.Time);
        }
    }

    public void RequestKeyframe(TrackRole track) { }

    public void Close(string reason) { }

    public void Dispose()
    {
        _audio.Dispose();
        _video.Dispose();
        _assembler.Dispose();
    }

    private void See(in AssembledFrame assembled, MediaTime time)
    {
        _video.Decode(assembled.Data.Span, VideoFramePool.Shared, out var picture);
        assembled.Data.Release();
        if (picture is null)
        {
            return;
        }

        if (picture.Y[(picture.StrideY * picture.Height / 2) + (picture.Width / 2)] > 130)
        {
            Note(Flashes, ref _lastLight, time);
        }

        picture.Release();
    }

    /// <summary>What comes after a pause has begun now; otherwise it only goes on.</summary>
    private static void Note(List<MediaTime> begun, ref MediaTime last, MediaTime time)
    {
        if (time - last > s_pause)
        {
            begun.Add(time);
        }

        last = time;
    }
}
