using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Receive;

namespace Mcu.Load.Clients;

/// <summary>
/// Puts a participant's pictures together and decodes every one of them until a moment, from the first keyframe on. Decoding is on a thread of
/// its own, so that the engine is not late for the others.
/// </summary>
internal sealed class Viewer : IDisposable
{
    private readonly MediaTime _until;
    private readonly VideoFrameAssembler _assembler;
    private readonly IVideoDecoder _decoder;
    private readonly BlockingCollection<AssembledFrame> _frames = [];
    private readonly Thread _thread;
    private bool _ended;

    public Viewer(ICodecFactory codecs, VideoCodec codec, MediaTime until)
    {
        _until = until;
        _assembler = new VideoFrameAssembler(codec, BufferPool.Shared);
        _decoder = codecs.CreateVideoDecoder(codec);
        _thread = new Thread(Decode) { Name = "viewer", IsBackground = true };
        _thread.Start();
    }

    public bool NeedsKeyframe => !_ended && _assembler.KeyframeNeeded;

    /// <summary>Pictures that came out of the decoder. To be read after <see cref="Finish"/>, as those below.</summary>
    public int Decoded { get; private set; }

    /// <summary>Frames that were whole but gave no picture, and times that packets were missing so that frames could not be used.</summary>
    public long Undecodable => _refused + _assembler.SyncLosses + _assembler.DamagedPackets;

    /// <summary>Sizes that were seen, e.g. <c>1280x720</c>.</summary>
    public HashSet<string> Sizes { get; } = [];

    private long _refused;

    public void Look(in RtpPacket packet, MediaTime arrival)
    {
        if (_ended)
        {
            return;
        }

        if (arrival >= _until)
        {
            End();
            return;
        }

        _assembler.Insert(packet, arrival);
        while (_assembler.TryTake(arrival, out var frame))
        {
            _frames.Add(frame);
        }
    }

    /// <summary>Takes no more packets. On the engine's thread.</summary>
    public void End()
    {
        if (!_ended)
        {
            _ended = true;
            _frames.CompleteAdding();
        }
    }

    /// <summary>Waits until all that came is decoded; after <see cref="End"/>.</summary>
    public void Finish() => _thread.Join();

    public void Dispose()
    {
        End();
        Finish();
        _assembler.Dispose();
        _decoder.Dispose();
        _frames.Dispose();
    }

    private void Decode()
    {
        foreach (var frame in _frames.GetConsumingEnumerable())
        {
            var status = _decoder.Decode(frame.Data.Span, VideoFramePool.Shared, out var picture);
            frame.Data.Release();
            if (status != VideoDecodeStatus.Picture)
            {
                _refused++;
                continue;
            }

            Decoded++;
            Sizes.Add($"{picture!.Width}x{picture.Height}");
            picture.Release();
        }
    }
}
