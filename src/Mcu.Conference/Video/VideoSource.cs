using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Rtp;
using Mcu.Rtp.Receive;

namespace Mcu.Conference.Video;

/// <summary>
/// One incoming camera or screen: <c>RTP → frames → (only while shown) decode → held until its sound is heard → current picture</c>.
/// </summary>
internal sealed class VideoSource(Participant owner, TrackRole role, ICodecFactory codecs, IMediaScheduler scheduler, VideoFramePool frames)
{
    /// <summary>Pictures waiting for their sound; more than this much of a lead is not worth the memory.</summary>
    private const int MaxHeld = 12;

    /// <summary>Without a frame for so long a sender counts as stopped, and its avatar is shown.</summary>
    private static readonly TimeSpan SendingHold = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan KeyframeRetry = TimeSpan.FromMilliseconds(500);

    // owned
    private readonly VideoDecodeJob _decode = new(codecs, scheduler, frames);
    private readonly Queue<(VideoFrame Picture, MediaTime Due)> _held = new(MaxHeld);
    private VideoFrameAssembler? _assembler;

    // state
    private VideoCodec _codec;
    private bool _needsKeyframe = true;
    private MediaTime _lastFrame = new(long.MinValue / 2);
    private MediaTime _keyframeAsked = new(long.MinValue / 2);

    public Participant Owner => owner;

    public TrackRole Role => role;

    /// <summary>Shown on at least one canvas with subscribers; only then is it decoded.</summary>
    public bool Visible { get; private set; }

    /// <summary>Frames came within the last seconds.</summary>
    public bool Sending { get; private set; }

    public VideoCodec? Codec => _assembler is null ? null : _codec;

    /// <summary>The picture to show now; owned by this source until the next <see cref="Present"/>. Null while there is none.</summary>
    public VideoFrame? Current { get; private set; }

    /// <summary>Grows with each new <see cref="Current"/>.</summary>
    public long Version { get; private set; }

    public int FramesReceived { get; private set; }

    public int FramesDecoded => _decode.Decoded;

    public int FramesDamaged => _decode.Damaged;

    /// <summary>Maps this source's RTP timestamps to its sender's clock.</summary>
    public RtpClockMap Clock { get; } = new(90_000, owner.SenderClock);

    public void OnRtp(VideoCodec codec, in RtpPacket packet, ExtensionMap extensions, MediaTime arrival)
    {
        if (_assembler is null || _codec != codec)
        {
            _assembler?.Dispose();
            _assembler = new VideoFrameAssembler(codec, BufferPool.Shared);
            _codec = codec;
            _needsKeyframe = true;
        }

        _assembler.Extensions = extensions;
        _assembler.Insert(packet, arrival);
        TakeFrames(arrival);
    }

    /// <summary>Once per tick: takes what has become complete, and asks for a keyframe where something never will.</summary>
    /// <param name="roundTrip">To the sender: so long does a repair take.</param>
    public void Check(TimeSpan roundTrip, MediaTime now)
    {
        if (_assembler is null)
        {
            return;
        }

        _assembler.RepairLimit = VideoFrameAssembler.RepairLimitFor(roundTrip);
        TakeFrames(now);
        var sentBefore = Sending;
        Sending = now - _lastFrame < SendingHold;
        _needsKeyframe |= _assembler.KeyframeNeeded | _decode.TakeDamaged();
        var worthAsking = Visible && (Sending || sentBefore || FramesReceived == 0);
        if (_needsKeyframe && worthAsking && now - _keyframeAsked > KeyframeRetry)
        {
            AskForKeyframe(now);
        }
    }

    public void SetVisible(bool visible, MediaTime now)
    {
        if (Visible == visible)
        {
            return;
        }

        Visible = visible;
        _needsKeyframe = true;
        if (visible && Sending)
        {
            // Not at the next tick: the sender sends a frame or two per second until it hears that it is seen.
            AskForKeyframe(now);
        }
        else if (visible)
        {
            _keyframeAsked = new MediaTime(long.MinValue / 2);
        }
        else
        {
            DropPictures();
        }
    }

    /// <summary>Chooses the picture to show from <paramref name="now"/> on: the newest whose sound has been reached.</summary>
    /// <param name="until">Pictures due before this are shown now rather than a tick later: the middle of the time it will be seen.</param>
    public void Present(LipSync sync, MediaTime now, MediaTime until)
    {
        while (_decode.TryTake(out var picture))
        {
            if (!Visible)
            {
                picture.Release();
                continue;
            }

            if (_held.Count == MaxHeld)
            {
                Show(_held.Dequeue().Picture);
            }

            _held.Enqueue((picture, sync.DueTime(this, picture.RtpTimestamp, now)));
        }

        while (_held.TryPeek(out var next) && next.Due <= until)
        {
            Show(_held.Dequeue().Picture);
        }

        if (!Sending && Current is not null)
        {
            DropPictures();
        }
    }

    public void Close(MediaTime now)
    {
        DropPictures();
        _decode.Close(now);
        _assembler?.Dispose();
        _assembler = null;
    }

    private void TakeFrames(MediaTime now)
    {
        while (_assembler!.TryTake(now, out var frame))
        {
            FramesReceived++;
            _lastFrame = now;
            Sending = true;
            if (!Visible || (_needsKeyframe && !frame.IsKeyframe) || !_decode.TrySubmit(_codec, frame, now))
            {
                _needsKeyframe = true;
                frame.Data.Release();
                continue;
            }

            _needsKeyframe = false;
        }
    }

    private void AskForKeyframe(MediaTime now)
    {
        _keyframeAsked = now;
        owner.Leg.RequestKeyframe(role);
    }

    private void Show(VideoFrame picture)
    {
        Current?.Release();
        Current = picture;
        Version++;
    }

    private void DropPictures()
    {
        while (_held.TryDequeue(out var held))
        {
            held.Picture.Release();
        }

        Current?.Release();
        Current = null;
        Version++;
    }
}
