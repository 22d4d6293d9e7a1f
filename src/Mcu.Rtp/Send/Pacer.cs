using Mcu.Media;
using Mcu.Rtp.Congestion;

namespace Mcu.Rtp.Send;

/// <summary>Writes and sends what a <see cref="Pacer"/> lets go.</summary>
public interface IPacedSender
{
    /// <summary>Sends one payload of a frame; returns its bytes on the wire, 0 if it could not.</summary>
    int SendPayload(SendStream stream, PacketizedFrame frame, int index, MediaTime now);

    /// <summary>Repeats a packet; returns its bytes on the wire, 0 if it is not kept any more.</summary>
    int SendRepair(SendStream stream, ushort sequence, MediaTime now);
}

/// <summary>
/// Spreads packets in time, so that a frame does not stand in the path's queue in front of sound. What must not wait, sound, is sent past it
/// and only counted; what may is sent at once while nothing waits and the budget lasts, which costs no more than a comparison, and else
/// waits here, repairs first, as a reference: headers are written when it leaves. Bounded in packets and time; what is too much is dropped
/// down to the next keyframe. Sans-IO; one owner.
/// </summary>
public sealed class Pacer
{
    private const int MaxFrames = 64;
    private const int MaxPackets = 1024;
    private const int MaxRepairs = 256;

    /// <summary>Counted beforehand for a packet that waits: headers and encryption.</summary>
    private const int HeaderBytes = 80;

    /// <summary>A frame that waits longer is of no use to a call.</summary>
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(300);

    /// <summary>The same once a keyframe waits or has waited since the queue was empty: to drop it would only call for another.</summary>
    private static readonly TimeSpan s_longestWaitForKeyframe = TimeSpan.FromMilliseconds(1500);

    /// <summary>The same where nothing but keyframes comes, as stills do: on the slowest lines one takes that long.</summary>
    private static readonly TimeSpan s_longestWaitForStill = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_mostDebt = TimeSpan.FromSeconds(1);

    private readonly List<SendStream> _awaitingKeyframe = [];
    private Waiting[] _frames = [];
    private Repair[] _repairs = [];
    private int _firstFrame;
    private int _frameCount;
    private int _firstRepair;
    private int _repairCount;
    private int _packets;
    private int _deltas; // frames that wait and are no keyframes
    private bool _holdsKeyframe;
    private bool _lastWasKeyframe;
    private bool _areStills; // the last two frames handed over were keyframes

    private MediaTime _freeAt;
    private double _ticksPerByte;
    private TimeSpan _burst;
    private bool _isHeld;

    private record struct Waiting(PacketizedFrame Frame, int Next, SendStream Stream, MediaTime Since)
    {
        public readonly bool HasBegun => Next > 0;
    }

    private readonly record struct Repair(SendStream Stream, ushort Sequence);

    /// <summary>Bytes that wait, repairs not counted.</summary>
    public int QueuedBytes { get; private set; }

    public bool IsEmpty => _frameCount == 0 && _repairCount == 0;

    /// <summary>Frames dropped because they waited too long or too many did.</summary>
    public long FramesDropped { get; private set; }

    /// <summary>When <see cref="Run"/> has something to do.</summary>
    public MediaTime NextDeadline
    {
        get
        {
            var stale = _frameCount > 0 ? _frames[_firstFrame].Since + LongestWait : MediaTime.Never;
            return IsEmpty ? MediaTime.Never
                : _isHeld ? stale
                : MediaTime.Min(_freeAt, stale);
        }
    }

    private TimeSpan LongestWait =>
        _deltas == 0 && _areStills ? s_longestWaitForStill
        : _holdsKeyframe ? s_longestWaitForKeyframe
        : s_longestWait;

    /// <summary>Changes the rate. What was sent already is paid for at the new one.</summary>
    public void SetRate(in Pacing pacing, MediaTime now)
    {
        _isHeld = pacing.RateBps <= 0;
        _burst = pacing.Burst;
        if (_isHeld)
        {
            return;
        }

        var ticksPerByte = double.IsPositiveInfinity(pacing.RateBps) ? 0 : 8 * TimeSpan.TicksPerSecond / pacing.RateBps;
        if (_freeAt > now && _ticksPerByte > 0)
        {
            _freeAt = now + ((_freeAt - now) * (ticksPerByte / _ticksPerByte));
        }

        _ticksPerByte = ticksPerByte;
    }

    /// <summary>A packet that can wait may go out at once: nothing is before it and the budget lasts.</summary>
    public bool MaySend(MediaTime now) => _freeAt <= now && !_isHeld && IsEmpty;

    /// <summary>When the budget allows another packet.</summary>
    public MediaTime FreeAt => _isHeld ? MediaTime.Never : _freeAt;

    /// <summary>Counts a packet that went out past the queue.</summary>
    public void OnSent(int bytes, MediaTime now)
    {
        var from = MediaTime.Max(_freeAt, now - _burst) + TimeSpan.FromTicks((long)(bytes * _ticksPerByte));
        _freeAt = MediaTime.Min(from, now + s_mostDebt);
    }

    /// <summary>Whether a frame is of use: after others were dropped only a keyframe is.</summary>
    public bool Admits(PacketizedFrame frame, SendStream stream)
    {
        ArgumentNullException.ThrowIfNull(frame);
        _areStills = frame.IsKeyframe && _lastWasKeyframe;
        _lastWasKeyframe = frame.IsKeyframe;
        if (_awaitingKeyframe.Count == 0)
        {
            return true;
        }

        if (frame.IsKeyframe)
        {
            _awaitingKeyframe.Remove(stream);
            return true;
        }

        return !_awaitingKeyframe.Contains(stream);
    }

    /// <summary>Lets a frame's payloads from an index on wait; a keyframe that would wait for long takes the place of what waits of its stream, but for a keyframe that has begun to leave. False if that is too many: everything that waits is dropped.</summary>
    public bool Enqueue(PacketizedFrame frame, int first, SendStream stream, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (_frames.Length == 0)
        {
            _frames = new Waiting[MaxFrames];
        }

        if (frame.IsKeyframe && QueueDelay(now) > s_longestWait)
        {
            Displace(stream);
        }

        if (_frameCount == MaxFrames || _packets + frame.Count - first > MaxPackets)
        {
            Drop();
            AwaitKeyframe(stream);
            return false;
        }

        _frames[(_firstFrame + _frameCount++) % MaxFrames] = new Waiting(frame.AddReference(), first, stream, now);
        _holdsKeyframe |= frame.IsKeyframe;
        _deltas += frame.IsKeyframe ? 0 : 1;
        _packets += frame.Count - first;
        for (var i = first; i < frame.Count; i++)
        {
            QueuedBytes += frame[i].Length + HeaderBytes;
        }

        return true;
    }

    /// <summary>Lets a repair wait, before all frames. Of too many the oldest is forgotten.</summary>
    public void EnqueueRepair(SendStream stream, ushort sequence)
    {
        if (_repairs.Length == 0)
        {
            _repairs = new Repair[MaxRepairs];
        }

        if (_repairCount == MaxRepairs)
        {
            _firstRepair = (_firstRepair + 1) % MaxRepairs;
            _repairCount--;
        }

        _repairs[(_firstRepair + _repairCount++) % MaxRepairs] = new Repair(stream, sequence);
    }

    /// <summary>Sends what may leave now. False if what waited had waited too long and was dropped: a keyframe is needed.</summary>
    public bool Run(MediaTime now, IPacedSender sender)
    {
        ArgumentNullException.ThrowIfNull(sender);
        while (!IsEmpty && !_isHeld && _freeAt <= now)
        {
            var bytes = _repairCount > 0 ? SendRepair(now, sender) : SendPayload(now, sender);
            if (bytes > 0)
            {
                OnSent(bytes, now);
            }
        }

        if (_frameCount > 0 && now - _frames[_firstFrame].Since >= LongestWait)
        {
            Drop();
            return false;
        }

        return true;
    }

    /// <summary>How long a packet handed over now waits, going by the rate of now.</summary>
    public TimeSpan QueueDelay(MediaTime now)
    {
        var oldest = _frameCount > 0 ? now - _frames[_firstFrame].Since : TimeSpan.Zero;
        var paid = _freeAt > now ? _freeAt - now : TimeSpan.Zero;
        var ahead = paid + TimeSpan.FromTicks((long)(QueuedBytes * _ticksPerByte));
        return _isHeld && oldest > ahead ? oldest : ahead;
    }

    /// <summary>Whether a stream's frames were dropped, and a keyframe has not followed yet.</summary>
    public bool AwaitsKeyframe(SendStream stream) => _awaitingKeyframe.Contains(stream);

    /// <summary>Gives everything that waits back.</summary>
    public void Clear()
    {
        Drop();
        _awaitingKeyframe.Clear();
        _repairCount = 0;
    }

    /// <summary>Drops what waits for a stream, and all of it up to its next keyframe.</summary>
    public void Restart(SendStream stream)
    {
        Forget(stream);
        AwaitKeyframe(stream);
    }

    /// <summary>Drops what waits for a stream that ends or begins anew.</summary>
    public void Forget(SendStream stream)
    {
        _awaitingKeyframe.Remove(stream);
        for (var i = _frameCount; i > 0; i--)
        {
            var waiting = TakeFrame();
            if (ReferenceEquals(waiting.Stream, stream))
            {
                Discount(waiting);
                waiting.Frame.Release();
            }
            else
            {
                PutBack(waiting);
            }
        }

        for (var i = _repairCount; i > 0; i--)
        {
            var repair = TakeRepair();
            if (!ReferenceEquals(repair.Stream, stream))
            {
                _repairs[(_firstRepair + _repairCount++) % MaxRepairs] = repair;
            }
        }
    }

    private int SendPayload(MediaTime now, IPacedSender sender)
    {
        ref var head = ref _frames[_firstFrame];
        var index = head.Next++;
        _packets--;
        QueuedBytes -= head.Frame[index].Length + HeaderBytes;
        var bytes = sender.SendPayload(head.Stream, head.Frame, index, now);
        if (head.Next == head.Frame.Count)
        {
            TakeFrame().Frame.Release();
            _holdsKeyframe &= _frameCount > 0;
        }

        return bytes;
    }

    private int SendRepair(MediaTime now, IPacedSender sender)
    {
        var repair = TakeRepair();
        return sender.SendRepair(repair.Stream, repair.Sequence, now);
    }

    private Waiting TakeFrame()
    {
        var waiting = _frames[_firstFrame];
        _frames[_firstFrame] = default;
        _firstFrame = (_firstFrame + 1) % MaxFrames;
        _frameCount--;
        _deltas -= waiting.Frame.IsKeyframe ? 0 : 1;
        return waiting;
    }

    private void PutBack(in Waiting waiting)
    {
        _frames[(_firstFrame + _frameCount++) % MaxFrames] = waiting;
        _deltas += waiting.Frame.IsKeyframe ? 0 : 1;
    }

    /// <summary>What waits of a stream is of no use to who gets its next keyframe; it would only hold that up.</summary>
    private void Displace(SendStream stream)
    {
        for (var i = _frameCount; i > 0; i--)
        {
            var waiting = TakeFrame();
            var isUnderWay = waiting.Frame.IsKeyframe && waiting.HasBegun;
            if (ReferenceEquals(waiting.Stream, stream) && !isUnderWay)
            {
                Discount(waiting);
                waiting.Frame.Release();
                FramesDropped++;
            }
            else
            {
                PutBack(waiting);
            }
        }
    }

    private Repair TakeRepair()
    {
        var repair = _repairs[_firstRepair];
        _firstRepair = (_firstRepair + 1) % MaxRepairs;
        _repairCount--;
        return repair;
    }

    private void Drop()
    {
        while (_frameCount > 0)
        {
            var waiting = TakeFrame();
            Discount(waiting);
            waiting.Frame.Release();
            AwaitKeyframe(waiting.Stream);
            FramesDropped++;
        }

        _holdsKeyframe = false;
    }

    private void Discount(in Waiting waiting)
    {
        _packets -= waiting.Frame.Count - waiting.Next;
        for (var i = waiting.Next; i < waiting.Frame.Count; i++)
        {
            QueuedBytes -= waiting.Frame[i].Length + HeaderBytes;
        }
    }

    private void AwaitKeyframe(SendStream stream)
    {
        if (!_awaitingKeyframe.Contains(stream))
        {
            _awaitingKeyframe.Add(stream);
        }
    }
}
