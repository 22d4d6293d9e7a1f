using Mcu.Media.Codecs;

namespace Mcu.Recording.Containers;

/// <summary>
/// WebM (RFC 9559 with VP8 or VP9, and Opus): clusters of what was cut together, times in milliseconds. At the end come the length and
/// the places of the keyframes (Cues), so that it seeks.
/// </summary>
public sealed class WebM(VideoCodec codec) : IMuxer
{
    internal const int AudioTrack = 2;
    internal const int AudioPacketMs = 20;

    private const uint Void = 0xEC;
    private const uint Cluster = 0x1F43_B675;
    private const uint Cues = 0x1C53_BB6B;
    private const int UnitsPerSecond = 1000;
    private const int VideoTrack = 1;
    private const int SeekHeadBytes = 26;
    private const int DurationBytes = 11;

    private readonly SampleQueue _video = new(UnitsPerSecond);
    private readonly SampleQueue _audio = new(UnitsPerSecond);
    private readonly List<(long Time, long Cluster)> _keyframes = [];
    private PictureSize _size;
    private bool _hasHeader;
    private long _written;
    private int _segment; // where its children begin
    private int _duration;

    public void AddAudio(ReadOnlySpan<byte> packet, TimeSpan time) => _audio.Add(packet, time, isKeyframe: true);

    public void AddVideo(ReadOnlySpan<byte> frame, TimeSpan time, bool isKeyframe, PictureSize size)
    {
        if (_size == default && !isKeyframe)
        {
            return;
        }

        _size = _size == default ? size : _size;
        _video.Add(frame, time, isKeyframe);
    }

    public bool Cut(TimeSpan end, ByteWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_size == default)
        {
            return false;
        }

        var before = output.Length;
        if (!_hasHeader)
        {
            WriteHeader(output);
            _hasHeader = true;
        }

        var (video, audio) = (_video.CountBefore(end), _audio.CountBefore(end));
        if (video + audio > 0)
        {
            WriteCluster(video, audio, _written + output.Length - before - _segment, output);
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

        var cues = _written - _segment;
        using (new EbmlElement(output, Cues))
        {
            foreach (var (time, cluster) in _keyframes)
            {
                using (new EbmlElement(output, 0xBB)) // CuePoint
                {
                    EbmlElement.Number(output, 0xB3, time);
                    using (new EbmlElement(output, 0xB7)) // CueTrackPositions
                    {
                        EbmlElement.Number(output, 0xF7, VideoTrack);
                        EbmlElement.Number(output, 0xF1, cluster);
                    }
                }
            }
        }

        return [new FilePatch(_segment, SeekHeadTo(cues)), new FilePatch(_duration, DurationOf(end))];
    }

    private static byte[] SeekHeadTo(long cues)
    {
        var writer = new ByteWriter();
        EbmlElement.WriteId(writer, 0x114D_9B74); // SeekHead
        writer.Byte(0x80 | (SeekHeadBytes - 5));
        EbmlElement.WriteId(writer, 0x4DBB); // Seek
        writer.Byte(0x80 | (SeekHeadBytes - 8));
        EbmlElement.Bytes(writer, 0x53AB, [0x1C, 0x53, 0xBB, 0x6B]);
        EbmlElement.Number(writer, 0x53AC, cues);
        return writer.Written.ToArray();
    }

    private static byte[] DurationOf(TimeSpan duration)
    {
        var writer = new ByteWriter();
        EbmlElement.Float(writer, 0x4489, duration.TotalMilliseconds);
        return writer.Written.ToArray();
    }

    private static void Reserve(ByteWriter output, int bytes)
    {
        EbmlElement.WriteId(output, Void);
        output.Byte(0x80 | (bytes - 2));
        output.Zeros(bytes - 2);
    }

    private void WriteHeader(ByteWriter output)
    {
        var start = output.Length;
        using (new EbmlElement(output, 0x1A45_DFA3)) // EBML
        {
            EbmlElement.Number(output, 0x4286, 1);
            EbmlElement.Number(output, 0x42F7, 1);
            EbmlElement.Number(output, 0x42F2, 4);
            EbmlElement.Number(output, 0x42F3, 8);
            EbmlElement.Bytes(output, 0x4282, "webm"u8);
            EbmlElement.Number(output, 0x4287, 4);
            EbmlElement.Number(output, 0x4285, 2);
        }

        EbmlElement.WriteId(output, 0x1853_8067); // Segment, of unknown size: as long as the file
        output.UInt64(0x01FF_FFFF_FFFF_FFFF);
        _segment = output.Length - start;
        Reserve(output, SeekHeadBytes);
        using (new EbmlElement(output, 0x1549_A966)) // Info
        {
            EbmlElement.Number(output, 0x2A_D7B1, 1_000_000); // ns in a unit
            EbmlElement.Bytes(output, 0x4D80, "Mcu"u8);
            EbmlElement.Bytes(output, 0x5741, "Mcu"u8);
            _duration = output.Length - start;
            Reserve(output, DurationBytes);
        }

        using (new EbmlElement(output, 0x1654_AE6B)) // Tracks
        {
            WriteVideoTrack(output);
            WriteAudioTrack(output);
        }
    }

    private void WriteVideoTrack(ByteWriter output)
    {
        using (new EbmlElement(output, 0xAE))
        {
            TrackStart(output, VideoTrack, type: 1, codec == VideoCodec.Vp8 ? "V_VP8"u8 : "V_VP9"u8);
            using (new EbmlElement(output, 0xE0))
            {
                EbmlElement.Number(output, 0xB0, _size.Width);
                EbmlElement.Number(output, 0xBA, _size.Height);
            }
        }
    }

    private static void WriteAudioTrack(ByteWriter output)
    {
        using (new EbmlElement(output, 0xAE))
        {
            TrackStart(output, AudioTrack, type: 2, "A_OPUS"u8);
            // OpusHead (RFC 7845 section 5.1): version, channels, pre-skip, rate, gain, mapping; little endian.
            const int PreSkip = Mp4Header.OpusPreSkip;
            EbmlElement.Bytes(output, 0x63A2, [.. "OpusHead"u8, 1, 2, PreSkip & 0xFF, PreSkip >> 8, 0x80, 0xBB, 0, 0, 0, 0, 0]);
            EbmlElement.Number(output, 0x56AA, PreSkip * 1_000_000_000L / 48_000); // CodecDelay, ns
            EbmlElement.Number(output, 0x56BB, 80_000_000); // SeekPreRoll, ns
            using (new EbmlElement(output, 0xE1))
            {
                EbmlElement.Float(output, 0xB5, 48_000);
                EbmlElement.Number(output, 0x9F, 2);
            }
        }
    }

    private static void TrackStart(ByteWriter output, int number, int type, ReadOnlySpan<byte> codecId)
    {
        EbmlElement.Number(output, 0xD7, number);
        EbmlElement.Number(output, 0x73C5, number);
        EbmlElement.Number(output, 0x9C, 0); // no lacing
        EbmlElement.Number(output, 0x83, type);
        EbmlElement.Bytes(output, 0x86, codecId);
    }

    /// <summary>Both tracks in one cluster, in order of time.</summary>
    private void WriteCluster(int video, int audio, long offset, ByteWriter output)
    {
        var start = Math.Min(video > 0 ? _video.Samples[0].Time : long.MaxValue, audio > 0 ? _audio.Samples[0].Time : long.MaxValue);
        var (v, a, videoAt, audioAt) = (0, 0, 0, 0);
        using (new EbmlElement(output, Cluster))
        {
            EbmlElement.Number(output, 0xE7, start);
            while (v < video || a < audio)
            {
                var isVideo = a == audio || (v < video && _video.Samples[v].Time <= _audio.Samples[a].Time);
                if (isVideo)
                {
                    var sample = _video.Samples[v++];
                    WriteBlock(output, VideoTrack, sample, start, _video.Bytes.Written.Slice(videoAt, sample.Length));
                    videoAt += sample.Length;
                    if (sample.IsKeyframe)
                    {
                        _keyframes.Add((sample.Time, offset));
                    }
                }
                else
                {
                    var sample = _audio.Samples[a++];
                    WriteBlock(output, AudioTrack, sample, start, _audio.Bytes.Written.Slice(audioAt, sample.Length));
                    audioAt += sample.Length;
                }
            }
        }
    }

    /// <summary>SimpleBlock (RFC 9559 section 10.2).</summary>
    private static void WriteBlock(ByteWriter output, int track, in Sample sample, long start, ReadOnlySpan<byte> frame)
    {
        using (new EbmlElement(output, 0xA3))
        {
            output.Byte(0x80 | track);
            // A stall of half a minute is cut off long before this overflows.
            output.UInt16((int)(sample.Time - start));
            output.Byte(sample.IsKeyframe ? 0x80 : 0);
            output.Write(frame);
        }
    }
}
