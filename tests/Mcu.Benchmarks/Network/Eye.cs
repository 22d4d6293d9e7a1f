using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.TestKit.Video;

namespace Mcu.Benchmarks.Network;

/// <summary>A picture that a guest was shown.</summary>
/// <param name="At">When it could be decoded, on the guest's clock.</param>
/// <param name="Made">What the server made it from; null where that was forgotten.</param>
/// <param name="IsKeyframe">Decodable alone.</param>
/// <param name="Ssim">Against the canvas that its encoder was given, at the size shown, in luma; for about four pictures a second.</param>
internal readonly record struct ShownPicture(MediaTime At, EncodedPicture? Made, bool IsKeyframe, double? Ssim);

/// <summary>
/// A guest's eye: <c>RTP → whole frames → decoder → shown at once</c>. Asks for a keyframe while nothing can be decoded, as often as
/// browsers do at most.
/// </summary>
/// <param name="codecs">Decodes.</param>
/// <param name="encoded">What the server encoded.</param>
/// <param name="decodes">False: frames are put together and counted only, which costs next to nothing.</param>
/// <param name="askForKeyframe">PLI.</param>
/// <param name="seen">Gets each picture and when it was composed, where frames are decoded; the picture is valid during the call.</param>
internal sealed class Eye(
    ICodecFactory codecs,
    EncodedPictures encoded,
    bool decodes,
    Action askForKeyframe,
    Action<VideoFrame, MediaTime>? seen
) : IDisposable
{
    private static readonly TimeSpan s_keyframeRetry = TimeSpan.FromMilliseconds(500);

    private VideoFrameAssembler? _assembler;
    private IVideoDecoder? _decoder;
    private ushort _highest;
    private MediaTime _keyframeAsked = new(long.MinValue / 2);
    private bool _isDamaged;

    public List<ShownPicture> Shown { get; } = [];

    public int KeyframesAskedFor { get; private set; }

    public MediaTime NextDeadline =>
        _assembler is null ? MediaTime.Never
        : NeedsKeyframe ? MediaTime.Min(_assembler.NextDeadline, _keyframeAsked + s_keyframeRetry)
        : _assembler.NextDeadline;

    private bool NeedsKeyframe => _isDamaged || _assembler is { KeyframeNeeded: true };

    public void OnRtp(VideoCodec codec, in RtpPacket packet, ExtensionMap extensions, MediaTime now)
    {
        var isNew = _assembler is null || (short)(packet.SequenceNumber - _highest) > 0;
        if (_assembler?.Codec != codec)
        {
            if (!isNew)
            {
                return; // a repetition from before the sender changed its codec
            }

            Dispose();
            _assembler = new VideoFrameAssembler(codec, BufferPool.Shared);
            _decoder = decodes ? codecs.CreateVideoDecoder(codec) : null;
        }

        _highest = isNew ? packet.SequenceNumber : _highest;
        _assembler.Extensions = extensions;
        _assembler.Insert(packet, now);
        TakeFrames(now);
    }

    /// <param name="roundTrip">To the server: so long does a repair take.</param>
    public void Run(TimeSpan roundTrip, MediaTime now)
    {
        if (_assembler is null)
        {
            return;
        }

        _assembler.RepairLimit = VideoFrameAssembler.RepairLimitFor(roundTrip);
        TakeFrames(now);
        if (NeedsKeyframe && now - _keyframeAsked >= s_keyframeRetry)
        {
            _keyframeAsked = now;
            KeyframesAskedFor++;
            askForKeyframe();
        }
    }

    public void Dispose()
    {
        _assembler?.Dispose();
        _decoder?.Dispose();
    }

    private void TakeFrames(MediaTime now)
    {
        while (_assembler!.TryTake(now, out var frame))
        {
            Show(frame, now);
            frame.Data.Release();
        }
    }

    private void Show(in AssembledFrame frame, MediaTime now)
    {
        var isKnown = encoded.TryFind(frame.Data.Span, out var made, out var canvas);
        if (_decoder is null)
        {
            Shown.Add(new ShownPicture(now, isKnown ? made : null, frame.IsKeyframe, null));
            return;
        }

        if (_decoder.Decode(frame.Data.Span, VideoFramePool.Shared, out var picture) == VideoDecodeStatus.Damaged)
        {
            _isDamaged = true;
            _assembler!.WaitForKeyframe();
            return;
        }

        _isDamaged = false;
        if (picture is not null)
        {
            var isComparable = canvas is not null && canvas.Width == picture.Width && canvas.Height == picture.Height;
            double? ssim = isComparable ? PictureQuality.Ssim(canvas!, picture) : null;
            Shown.Add(new ShownPicture(now, isKnown ? made : null, frame.IsKeyframe, ssim));
            if (isKnown)
            {
                seen?.Invoke(picture, made.Composed);
            }

            picture.Release();
        }
    }
}
