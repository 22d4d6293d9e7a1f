using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Rtp.Receive;

namespace Mcu.Conference.Video;

/// <summary>
/// Decodes one incoming video on the video threads, one frame after the other. The writer feeds <see cref="TrySubmit"/> and drains
/// <see cref="TryTake"/>; the decoder itself belongs to whichever thread runs the job, never two at once.
/// </summary>
internal sealed class VideoDecodeJob(ICodecFactory codecs, IMediaScheduler scheduler, VideoFramePool frames) : IVideoJob
{
    /// <summary>So long after it is complete a picture should be there: a frame of 30 a second.</summary>
    private static readonly TimeSpan TimeToDecode = TimeSpan.FromMilliseconds(33);

    private readonly BoundedQueue<(VideoCodec Codec, AssembledFrame Frame)> _encoded = new(32);
    private readonly BoundedQueue<VideoFrame> _pictures = new(8);

    // owned by the running job
    private IVideoDecoder? _decoder;
    private bool _lostReference = true;

    // shared
    private int _requests;
    private volatile bool _closed;
    private volatile bool _damaged;

    /// <summary>Frames decoded since the start.</summary>
    public int Decoded { get; private set; }

    /// <summary>Frames that were damaged or came without their reference.</summary>
    public int Damaged { get; private set; }

    /// <summary>Hands a frame over to be decoded; false where the decoder is too far behind, and then the caller still owns it.</summary>
    public bool TrySubmit(VideoCodec codec, in AssembledFrame frame, MediaTime now)
    {
        if (_closed || !_encoded.TryEnqueue((codec, frame)))
        {
            return false;
        }

        Schedule(now);
        return true;
    }

    /// <summary>Takes the next decoded picture; the caller owns its reference.</summary>
    public bool TryTake(out VideoFrame picture) => _pictures.TryDequeue(out picture);

    /// <summary>True once after a frame could not be decoded: the sender must be asked for a keyframe.</summary>
    public bool TakeDamaged()
    {
        var damaged = _damaged;
        _damaged = false;
        return damaged;
    }

    /// <summary>Ends decoding; what is queued is given back and the decoder is closed by a video thread.</summary>
    public void Close(MediaTime now)
    {
        _closed = true;
        Schedule(now);
    }

    public void Execute()
    {
        int served;
        do
        {
            served = Volatile.Read(ref _requests);
            try
            {
                Serve();
            }
            catch
            {
                // A bug is told to the scheduler. This camera goes on with a new decoder and a keyframe, and not with a stuck job.
                _decoder?.Dispose();
                _decoder = null;
                _damaged = true;
                if (Interlocked.Exchange(ref _requests, 0) != served)
                {
                    Schedule(scheduler.Now);
                }

                throw;
            }
        } while (Interlocked.CompareExchange(ref _requests, 0, served) != served);
    }

    private void Serve()
    {
        while (_encoded.TryDequeue(out var next))
        {
            try
            {
                if (!_closed)
                {
                    Decode(next.Codec, next.Frame);
                }
            }
            finally
            {
                next.Frame.Data.Release();
            }
        }

        if (_closed)
        {
            CloseDecoder();
        }
    }

    /// <summary>The first request since the job was idle submits it; later ones make the running job look once more.</summary>
    private void Schedule(MediaTime now)
    {
        if (Interlocked.Increment(ref _requests) == 1)
        {
            scheduler.Submit(this, now + TimeToDecode);
        }
    }

    private void CloseDecoder()
    {
        _decoder?.Dispose();
        _decoder = null;
        while (_pictures.TryDequeue(out var left))
        {
            left.Release();
        }
    }

    private void Decode(VideoCodec codec, in AssembledFrame frame)
    {
        if (_decoder?.Codec != codec)
        {
            _decoder?.Dispose();
            _decoder = codecs.CreateVideoDecoder(codec);
            _lostReference = true;
        }

        if (_lostReference && !frame.IsKeyframe)
        {
            _damaged = true;
            return;
        }

        var status = _decoder.Decode(frame.Data.Span, frames, out var picture);
        _lostReference = status == VideoDecodeStatus.Damaged;
        if (_lostReference)
        {
            Damaged++;
            _damaged = true;
        }

        if (picture is null)
        {
            return;
        }

        Decoded++;
        picture.RtpTimestamp = frame.Timestamp;
        picture.Rotation = frame.Rotation;
        while (!_pictures.TryEnqueue(picture))
        {
            // Nobody took the pictures for a while: the oldest goes.
            if (_pictures.TryDequeue(out var oldest))
            {
                oldest.Release();
            }
        }
    }
}
