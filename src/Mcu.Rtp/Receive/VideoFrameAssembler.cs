using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp.Payloads;

namespace Mcu.Rtp.Receive;

/// <summary>One whole encoded frame, ready for the decoder. The taker owns the one reference to <see cref="Data"/>.</summary>
/// <param name="Data">VP8 or VP9 frame, or H.264 access unit in Annex B.</param>
/// <param name="Timestamp">RTP timestamp, 90 kHz.</param>
/// <param name="UnwrappedTimestamp">The same, extended to 64 bits.</param>
/// <param name="IsKeyframe">Decodable alone.</param>
/// <param name="Rotation">How to turn it.</param>
/// <param name="FirstArrival">When its first packet came.</param>
/// <param name="LastArrival">When it was complete.</param>
public readonly record struct AssembledFrame(
    PooledBuffer Data,
    uint Timestamp,
    long UnwrappedTimestamp,
    bool IsKeyframe,
    VideoRotation Rotation,
    MediaTime FirstArrival,
    MediaTime LastArrival
);

/// <summary>
/// Collects the packets of one video stream in any order and gives whole frames in decode order, from a keyframe on. A gap is waited for
/// (NACK and RTX may fill it) up to <see cref="RepairLimit"/>; then everything up to the next keyframe is dropped and
/// <see cref="KeyframeNeeded"/> tells the owner to ask for one. Bounded to 1024 packets. One owner.
/// </summary>
public sealed partial class VideoFrameAssembler : IDisposable
{
    private const int Capacity = 1024; // packets; a power of two
    private const int RestartRun = 50; // packets in sequence, all too old: the sender started anew
    private const int RepairAttempts = 4; // requests and repairs are lost too
    private static readonly TimeSpan s_reorderingGrace = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan s_minRepairLimit = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_maxRepairLimit = TimeSpan.FromSeconds(1); // longer than that a keyframe is the better repair

    private readonly BufferPool _pool;
    private readonly IVideoDepacketizer _depacketizer;
    private readonly Slot[] _slots = new Slot[Capacity];

    private SequenceUnwrapper _sequences;
    private TimestampUnwrapper _timestamps;
    private VideoRotation _rotation;
    private long _next = -1; // first packet not yet delivered or dropped
    private long _highest = -1;
    private long _lastLate;
    private int _lateRun;
    private bool _hasMoved; // something was delivered or dropped
    private bool _isDecodable; // the frame at _next continues what was delivered
    private int _lastPictureId = -1; // of what was delivered last, if its end is known

    public VideoFrameAssembler(VideoCodec codec, BufferPool pool)
    {
        _pool = pool;
        _depacketizer = VideoPayloads.CreateDepacketizer(codec);
    }

    private enum SlotKind : byte
    {
        Empty,
        Media,
        Filler, // padding that only probed bandwidth, or FEC: belongs to no frame
    }

    private struct Slot
    {
        public SlotKind Kind;
        public PooledBuffer? Payload;
        public uint Timestamp;
        public bool Marker;
        public VideoPayloadFlags Flags;
        public VideoRotation? Rotation;
        public MediaTime Arrival;
    }

    public VideoCodec Codec => _depacketizer.Codec;

    /// <summary>Negotiated header extensions; video orientation is read where it is among them.</summary>
    public ExtensionMap Extensions { get; set; }

    /// <summary>How long a gap is waited for; see <see cref="RepairLimitFor"/>.</summary>
    public TimeSpan RepairLimit { get; set; } = s_minRepairLimit;

    /// <summary>True while nothing can be decoded until a keyframe comes. The owner asks for one, and again if none comes.</summary>
    public bool KeyframeNeeded => _highest >= 0 && !_isDecodable;

    /// <summary>When <see cref="TryTake"/> is worth calling though no packet came: a gap is given up.</summary>
    public MediaTime NextDeadline { get; private set; } = MediaTime.Never;

    public long FramesTaken { get; private set; }

    /// <summary>Times that a gap, damage or overflow made everything up to the next keyframe useless.</summary>
    public long SyncLosses { get; private set; }

    public long DuplicatePackets { get; private set; }

    public long LatePackets { get; private set; }

    public long DamagedPackets { get; private set; }

    /// <summary>How long to wait for repairs over a path with this round trip: time for several requests, 200 ms to 1 s.</summary>
    public static TimeSpan RepairLimitFor(TimeSpan roundTrip)
    {
        var wanted = roundTrip * RepairAttempts;
        return wanted < s_minRepairLimit ? s_minRepairLimit
            : wanted > s_maxRepairLimit ? s_maxRepairLimit
            : wanted;
    }

    /// <summary>Copies a packet in, restored from RTX or not; false if it was of no use.</summary>
    public bool Insert(in RtpPacket packet, MediaTime arrival)
    {
        var flags = VideoPayloadFlags.None;
        if (!packet.Payload.IsEmpty && !_depacketizer.TryParse(packet.Payload, out flags))
        {
            DamagedPackets++;
            return false;
        }

        var sequence = _sequences.Unwrap(packet.SequenceNumber);
        if (_highest < 0 || (!_hasMoved && sequence < _next && _highest - sequence < Capacity))
        {
            _next = sequence; // the first packet, or one that was overtaken at the very start
        }
        else if (sequence < _next && !IsRestart(sequence))
        {
            LatePackets++;
            return false;
        }

        _lateRun = sequence < _next ? _lateRun : 0;
        MakeRoomFor(sequence);
        ref var slot = ref SlotOf(sequence);
        if (slot.Kind != SlotKind.Empty)
        {
            DuplicatePackets++;
            return false;
        }

        _highest = Math.Max(_highest, sequence);
        Fill(ref slot, packet, flags, arrival);
        return true;
    }

    /// <summary>The decoder failed: drops everything up to the next keyframe.</summary>
    public void WaitForKeyframe()
    {
        if (_isDecodable)
        {
            _isDecodable = false;
            SyncLosses++;
        }
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose()
    {
        if (_highest >= 0)
        {
            DropUntil(_highest + 1);
        }
    }

    private ref Slot SlotOf(long sequence) => ref _slots[sequence & (Capacity - 1)];

    private void Fill(ref Slot slot, in RtpPacket packet, VideoPayloadFlags flags, MediaTime arrival)
    {
        slot.Kind = SlotKind.Filler;
        slot.Timestamp = packet.Timestamp;
        slot.Marker = packet.Marker;
        slot.Flags = flags;
        slot.Arrival = arrival;
        slot.Rotation = Extensions.TryReadVideoOrientation(packet, out var rotation) ? rotation : null;
        if (!packet.Payload.IsEmpty)
        {
            slot.Kind = SlotKind.Media;
            slot.Payload = _pool.Rent(packet.Payload.Length);
            slot.Payload.Length = packet.Payload.Length;
            packet.Payload.CopyTo(slot.Payload.Span);
        }
    }

    /// <summary>A stream that goes on far behind where it was has been started anew by its sender.</summary>
    private bool IsRestart(long sequence)
    {
        _lateRun = sequence == _lastLate + 1 ? _lateRun + 1 : 1;
        _lastLate = sequence;
        if (_lateRun < RestartRun)
        {
            return false;
        }

        DropUntil(_highest + 1);
        WaitForKeyframe();
        _next = sequence;
        _highest = sequence - 1;
        _lateRun = 0;
        return true;
    }

    private void MakeRoomFor(long sequence)
    {
        if (sequence - _next < Capacity)
        {
            return;
        }

        WaitForKeyframe();
        DropUntil(Math.Min(sequence - Capacity + 1, _highest + 1));
        _next = sequence - Capacity + 1;
    }

    /// <summary>Frees all slots before a sequence number, which is at most one beyond the highest.</summary>
    private void DropUntil(long end)
    {
        _hasMoved |= _next < end;
        for (; _next < end; _next++)
        {
            ref var slot = ref SlotOf(_next);
            slot.Payload?.Release();
            slot = default;
        }
    }
}
