using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Payloads;

namespace Mcu.Rtp.Receive;

// The taking side: which frame is next, whether it is whole, and what to do about gaps.
public sealed partial class VideoFrameAssembler
{
    private enum ScanResult
    {
        Whole,
        Arriving, // more of it is on its way, as far as we know
        Gap, // a later packet came, so something is missing
    }

    /// <summary>A run of packets from one sequence number on.</summary>
    private readonly record struct Run(ScanResult Result, long Start, long End, VideoPayloadFlags Flags)
    {
        public bool IsKeyframe => Flags.Has(VideoPayloadFlags.Keyframe);
    }

    /// <summary>The next frame in decode order; call until it returns false. See <see cref="NextDeadline"/>.</summary>
    public bool TryTake(MediaTime now, out AssembledFrame frame)
    {
        NextDeadline = MediaTime.Never;
        frame = default;
        while (_isDecodable)
        {
            SkipBetweenFrames();
            var run = Scan(_next);
            if (run.Result == ScanResult.Whole)
            {
                if (SlotOf(run.Start).Flags.Has(VideoPayloadFlags.FrameStart) && TryBuild(run, out frame))
                {
                    return true;
                }

                WaitForKeyframe();
            }
            else if (run.Result == ScanResult.Arriving || !IsGivenUp(run.End, now))
            {
                return false;
            }
            else
            {
                WaitForKeyframe();
            }
        }

        return TryFindKeyframe(out var keyframe) && TryBuild(keyframe, out frame);
    }

    /// <summary>
    /// Passes over what belongs to no frame: fillers, and also numbers that never came between the end of one frame and the start of that
    /// which its picture id says is the next: what was lost there was a filler, such as a FEC packet, and nobody repeats those.
    /// </summary>
    private void SkipBetweenFrames()
    {
        var media = _next;
        var isWhole = true;
        for (; media <= _highest && SlotOf(media).Kind != SlotKind.Media; media++)
        {
            isWhole &= SlotOf(media).Kind == SlotKind.Filler;
            if (isWhole)
            {
                DropUntil(media + 1);
            }
        }

        if (!isWhole && media <= _highest && ContinuesPictures(SlotOf(media)))
        {
            DropUntil(media);
        }
    }

    private bool ContinuesPictures(in Slot slot) =>
        _lastPictureId >= 0
        && slot.Flags.Has(VideoPayloadFlags.CertainStart)
        && _depacketizer.PictureIdOf(slot.Payload!.Span) is var id
        && (id == _lastPictureId + 1 || (id == 0 && _lastPictureId is 0x7F or 0x7FFF));

    /// <summary>Walks over one frame: same timestamp, up to the marker or, from senders without markers, the next timestamp.</summary>
    private Run Scan(long start)
    {
        var flags = VideoPayloadFlags.None;
        var timestamp = SlotOf(start).Timestamp;
        for (var sequence = start; sequence <= _highest; sequence++)
        {
            ref var slot = ref SlotOf(sequence);
            if (slot.Kind == SlotKind.Empty)
            {
                return new Run(ScanResult.Gap, start, sequence, flags);
            }

            if (slot.Kind == SlotKind.Filler)
            {
                continue;
            }

            if (slot.Timestamp != timestamp)
            {
                return new Run(ScanResult.Whole, start, sequence, flags);
            }

            flags |= slot.Flags;
            if (slot.Marker)
            {
                return new Run(ScanResult.Whole, start, sequence + 1, flags);
            }
        }

        return new Run(ScanResult.Arriving, start, _highest + 1, flags);
    }

    /// <summary>True if a gap has been open too long, or for longer than reordering explains while a keyframe waits behind it.</summary>
    private bool IsGivenUp(long missing, MediaTime now)
    {
        var after = missing;
        while (SlotOf(after).Kind == SlotKind.Empty)
        {
            after++;
        }

        var openFor = now - SlotOf(after).Arrival;
        if (openFor >= RepairLimit || (openFor >= s_reorderingGrace && TryFindKeyframe(out _)))
        {
            return true;
        }

        NextDeadline = SlotOf(after).Arrival + RepairLimit;
        return false;
    }

    /// <summary>The earliest whole keyframe that can be decoded.</summary>
    private bool TryFindKeyframe(out Run keyframe)
    {
        keyframe = default;
        for (var sequence = _next; sequence >= 0 && sequence <= _highest; sequence++)
        {
            if (!StartsFrame(sequence))
            {
                continue;
            }

            var run = Scan(sequence);
            if (run is { Result: ScanResult.Whole, IsKeyframe: true } && _depacketizer.CanStartWith(run.Flags))
            {
                keyframe = run;
                return true;
            }
        }

        return false;
    }

    private bool StartsFrame(long sequence)
    {
        ref var slot = ref SlotOf(sequence);
        if (slot.Kind != SlotKind.Media || !slot.Flags.Has(VideoPayloadFlags.FrameStart))
        {
            return false;
        }

        if (slot.Flags.Has(VideoPayloadFlags.CertainStart) || sequence == _next)
        {
            return slot.Flags.Has(VideoPayloadFlags.CertainStart);
        }

        var previous = sequence - 1;
        while (previous > _next && SlotOf(previous).Kind == SlotKind.Filler)
        {
            previous--;
        }

        ref var before = ref SlotOf(previous);
        return before.Kind == SlotKind.Media && (before.Marker || before.Timestamp != slot.Timestamp);
    }

    private bool TryBuild(in Run run, out AssembledFrame frame)
    {
        frame = default;
        DropUntil(run.Start);
        long size = _depacketizer.MaxPrefix;
        for (var sequence = run.Start; sequence < run.End; sequence++)
        {
            size += SlotOf(sequence).Payload is { } payload ? _depacketizer.MaxOutput(payload.Span) : 0;
        }

        if (size > BufferPool.MaxSize)
        {
            DropUntil(run.End);
            return false;
        }

        var timestamp = SlotOf(run.Start).Timestamp;
        var data = _pool.Rent((int)size);
        var (first, last) = Append(run, data);
        _lastPictureId = SlotOf(run.End - 1).Marker ? _depacketizer.PictureIdOf(SlotOf(run.Start).Payload!.Span) : -1;
        DropUntil(run.End);
        _isDecodable = true;
        FramesTaken++;
        frame = new AssembledFrame(data, timestamp, _timestamps.Unwrap(timestamp), run.IsKeyframe, _rotation, first, last);
        return true;
    }

    private (MediaTime First, MediaTime Last) Append(in Run run, PooledBuffer data)
    {
        var first = SlotOf(run.Start).Arrival;
        var last = first;
        var length = _depacketizer.WritePrefix(run.Flags, data.Array);
        for (var sequence = run.Start; sequence < run.End; sequence++)
        {
            ref var slot = ref SlotOf(sequence);
            if (slot.Payload is null)
            {
                continue;
            }

            length += _depacketizer.Append(slot.Payload.Span, data.Array.AsSpan(length));
            first = MediaTime.Min(first, slot.Arrival);
            last = MediaTime.Max(last, slot.Arrival);
            _rotation = slot.Rotation ?? _rotation; // it stays until the sender says otherwise (3GPP TS 26.114)
        }

        data.Length = length;
        return (first, last);
    }
}
