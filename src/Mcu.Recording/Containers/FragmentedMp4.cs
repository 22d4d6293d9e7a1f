namespace Mcu.Recording.Containers;

/// <summary>
/// Fragmented MP4 (ISO/IEC 14496-12 section 8.8): H.264 with parameter sets in the stream (avc3), and Opus. Each fragment says where it
/// begins (tfdt), so nothing adds up to a drift, and lost fragments move nothing. At the end come the length and an index (mfra).
/// </summary>
/// <param name="hasVideo">Whether there will be pictures; then nothing is written before the first keyframe.</param>
public sealed class FragmentedMp4(bool hasVideo) : IMuxer
{
    private const uint KeyframeFlags = 0x0200_0000; // sample_depends_on 2: on nothing
    private const uint DeltaFlags = 0x0101_0000; // depends on others, and is no sync sample

    private readonly SampleQueue _video = new(Mp4Header.VideoUnits);
    private readonly SampleQueue _audio = new(Mp4Header.AudioUnits);
    private readonly List<(long Time, long Offset, int Sample)> _keyframes = [];
    private readonly int _videoTrack = hasVideo ? 1 : 0;
    private readonly int _audioTrack = hasVideo ? 2 : 1;
    private PictureSize _size;
    private Mp4Header? _header;
    private long _written;
    private int _sequence;

    public void AddAudio(ReadOnlySpan<byte> packet, TimeSpan time) => _audio.Add(packet, time, isKeyframe: true);

    public void AddVideo(ReadOnlySpan<byte> frame, TimeSpan time, bool isKeyframe, PictureSize size)
    {
        if (!hasVideo || (_size == default && !isKeyframe))
        {
            return;
        }

        var unit = _video.Bytes.Append(frame.Length);
        frame.CopyTo(unit);
        if (!AnnexB.TryReplaceStartCodes(unit))
        {
            throw new ArgumentException("An access unit begins with a start code of four bytes.", nameof(frame));
        }

        _size = _size == default ? size : _size;
        _video.Added(frame.Length, time, isKeyframe);
    }

    public bool Cut(TimeSpan end, ByteWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (hasVideo && _size == default)
        {
            return false;
        }

        var before = output.Length;
        if (_header is null)
        {
            _header = new Mp4Header(output);
            _header.Write(hasVideo ? _size : null, _video.Bytes.Written);
        }

        var (video, audio) = (_video.CountBefore(end), _audio.CountBefore(end));
        if (video + audio > 0)
        {
            WriteFragment(video, audio, end, _written + output.Length - before, output);
            _video.Drop(video);
            _audio.Drop(audio);
        }

        _written += output.Length - before;
        return true;
    }

    public IReadOnlyList<FilePatch> Finish(TimeSpan end, ByteWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!Cut(end, output))
        {
            return [];
        }

        WriteIndex(output);
        return _header!.PatchesFor(end);
    }

    /// <summary>moof and mdat (sections 8.8.4 to 8.8.12).</summary>
    private void WriteFragment(int video, int audio, TimeSpan end, long offset, ByteWriter output)
    {
        var moof = output.Length;
        using (new Mp4Box(output, "moof"u8))
        {
            using (new Mp4Box(output, "mfhd"u8, version: 0))
            {
                output.UInt32(++_sequence);
            }

            var data = moof;
            var videoOffset = WriteTrack(_videoTrack, _video, video, end, output);
            var audioOffset = WriteTrack(_audioTrack, _audio, audio, end, output);
            // Both are known only when moof is complete: its length, and the header of mdat.
            data = output.Length - moof + 8;
            Patch(videoOffset, data);
            Patch(audioOffset, data + _video.BytesOf(video));
        }

        NoteKeyframes(video, offset);
        using (new Mp4Box(output, "mdat"u8))
        {
            output.Write(_video.Bytes.Written[.._video.BytesOf(video)]);
            output.Write(_audio.Bytes.Written[.._audio.BytesOf(audio)]);
        }

        void Patch(int? at, int value)
        {
            if (at is { } position)
            {
                output.PatchUInt32(position, value);
            }
        }
    }

    /// <summary>traf of one track; returns where its data offset stands.</summary>
    private int? WriteTrack(int track, SampleQueue queue, int count, TimeSpan end, ByteWriter output)
    {
        if (count == 0)
        {
            return null;
        }

        int offset;
        var isVideo = track == _videoTrack;
        using (new Mp4Box(output, "traf"u8))
        {
            using (new Mp4Box(output, "tfhd"u8, version: 0, flags: 0x02_0000)) // offsets count from moof
            {
                output.UInt32(track);
            }

            using (new Mp4Box(output, "tfdt"u8, version: 1))
            {
                output.UInt64(queue.Samples[0].Time);
            }

            using (new Mp4Box(output, "trun"u8, version: 0, flags: isVideo ? 0x701 : 0x301))
            {
                output.UInt32(count);
                offset = output.Length;
                output.UInt32(0);
                for (var i = 0; i < count; i++)
                {
                    output.UInt32(isVideo ? queue.DurationOf(i, end) : AudioDuration(i));
                    output.UInt32(queue.Samples[i].Length);
                    if (isVideo)
                    {
                        output.UInt32(queue.Samples[i].IsKeyframe ? KeyframeFlags : DeltaFlags);
                    }
                }
            }
        }

        return offset;
    }

    /// <summary>Until the next packet; the last of all lasts as long as packets do.</summary>
    private long AudioDuration(int index) =>
        index + 1 < _audio.Samples.Count ? _audio.Samples[index + 1].Time - _audio.Samples[index].Time : Mp4Header.AudioPacketUnits;

    private void NoteKeyframes(int video, long moof)
    {
        for (var i = 0; i < video; i++)
        {
            if (_video.Samples[i].IsKeyframe)
            {
                _keyframes.Add((_video.Samples[i].Time, moof, i + 1));
            }
        }
    }

    /// <summary>mfra (section 8.8.9).</summary>
    private void WriteIndex(ByteWriter output)
    {
        var start = output.Length;
        using (new Mp4Box(output, "mfra"u8))
        {
            if (_keyframes.Count > 0)
            {
                using (new Mp4Box(output, "tfra"u8, version: 1))
                {
                    output.UInt32(_videoTrack);
                    output.UInt32(0b11); // numbers of traf and trun have one byte, of the sample four
                    output.UInt32(_keyframes.Count);
                    foreach (var (time, offset, sample) in _keyframes)
                    {
                        output.UInt64(time);
                        output.UInt64(offset);
                        output.Byte(1);
                        output.Byte(1);
                        output.UInt32(sample);
                    }
                }
            }

            using (new Mp4Box(output, "mfro"u8, version: 0))
            {
                output.UInt32(output.Length - start + 4);
            }
        }
    }
}
