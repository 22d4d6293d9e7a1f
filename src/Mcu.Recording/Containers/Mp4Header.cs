using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>What stands before the fragments: ftyp and moov (ISO/IEC 14496-12 section 8.2), without any frame.</summary>
internal sealed class Mp4Header(ByteWriter output)
{
    public const int VideoUnits = 90_000;
    public const int AudioUnits = 48_000;
    public const int AudioPacketUnits = 960;

    /// <summary>Samples at 48 kHz by which libopus is behind its input.</summary>
    public const int OpusPreSkip = 312;

    private const int MovieUnits = 1000;
    private const int Undetermined = 0x55C4; // language "und"

    private readonly int _start = output.Length; // of the file
    private readonly List<(int Offset, int UnitsPerSecond)> _durations = [];

    /// <param name="size">Of the first picture; null without video.</param>
    /// <param name="firstUnit">Begins with the first access unit, a keyframe with its parameter sets, with lengths.</param>
    public void Write(PictureSize? size, ReadOnlySpan<byte> firstUnit)
    {
        using (new Mp4Box(output, "ftyp"u8))
        {
            output.Write("iso6"u8);
            output.UInt32(0);
            output.Write("iso6mp41"u8);
        }

        using (new Mp4Box(output, "moov"u8))
        {
            using (new Mp4Box(output, "mvhd"u8, version: 1))
            {
                Times(MovieUnits);
                output.UInt32(0x1_0000); // rate 1
                output.UInt16(0x100); // full volume
                output.Zeros(10);
                Matrix();
                output.Zeros(24);
                output.UInt32(size is null ? 2 : 3); // the next track's id
            }

            var track = 1;
            if (size is { } picture)
            {
                VideoTrack(track++, picture, firstUnit);
            }

            AudioTrack(track);
            using (new Mp4Box(output, "mvex"u8))
            {
                using (new Mp4Box(output, "mehd"u8, version: 1))
                {
                    Duration(MovieUnits);
                }

                for (var id = 1; id <= track; id++)
                {
                    using (new Mp4Box(output, "trex"u8, version: 0))
                    {
                        output.UInt32(id);
                        output.UInt32(1);
                        output.Zeros(12);
                    }
                }
            }
        }
    }

    /// <summary>The length of a file that has ended, wherever it is told.</summary>
    public IReadOnlyList<FilePatch> PatchesFor(TimeSpan duration)
    {
        List<FilePatch> patches = [];
        foreach (var (offset, units) in _durations)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, duration.Ticks * units / TimeSpan.TicksPerSecond);
            patches.Add(new FilePatch(offset, bytes));
        }

        return patches;
    }

    private void Times(int unitsPerSecond)
    {
        output.Zeros(16); // when it was made and changed: not told
        output.UInt32(unitsPerSecond);
        Duration(unitsPerSecond);
    }

    private void Duration(int unitsPerSecond)
    {
        _durations.Add((output.Length - _start, unitsPerSecond));
        output.UInt64(0);
    }

    private void Matrix()
    {
        ReadOnlySpan<int> identity = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
        foreach (var value in identity)
        {
            output.UInt32(value);
        }
    }

    private void TrackHeader(int id, int volume, PictureSize size)
    {
        using (new Mp4Box(output, "tkhd"u8, version: 1, flags: 3)) // enabled, in the movie
        {
            output.Zeros(16);
            output.UInt32(id);
            output.UInt32(0);
            Duration(MovieUnits);
            output.Zeros(12);
            output.UInt16(volume);
            output.UInt16(0);
            Matrix();
            output.UInt32((long)size.Width << 16);
            output.UInt32((long)size.Height << 16);
        }
    }

    private void MediaHeader(int unitsPerSecond, ReadOnlySpan<byte> handler, ReadOnlySpan<byte> name)
    {
        using (new Mp4Box(output, "mdhd"u8, version: 1))
        {
            output.Zeros(16);
            output.UInt32(unitsPerSecond);
            output.UInt64(0);
            output.UInt16(Undetermined);
            output.UInt16(0);
        }

        using (new Mp4Box(output, "hdlr"u8, version: 0))
        {
            output.UInt32(0);
            output.Write(handler);
            output.Zeros(12);
            output.Write(name);
            output.Byte(0);
        }
    }

    private void DataHere()
    {
        using (new Mp4Box(output, "dinf"u8))
        using (new Mp4Box(output, "dref"u8, version: 0))
        {
            output.UInt32(1);
            using (new Mp4Box(output, "url "u8, version: 0, flags: 1))
            {
                // flag 1: in this file
            }
        }
    }

    private void EmptyTables()
    {
        Empty("stts"u8, 4);
        Empty("stsc"u8, 4);
        Empty("stsz"u8, 8);
        Empty("stco"u8, 4);

        void Empty(ReadOnlySpan<byte> type, int zeros)
        {
            using (new Mp4Box(output, type, version: 0))
            {
                output.Zeros(zeros);
            }
        }
    }

    private void VideoTrack(int id, PictureSize size, ReadOnlySpan<byte> firstUnit)
    {
        using (new Mp4Box(output, "trak"u8))
        {
            TrackHeader(id, volume: 0, size);
            using (new Mp4Box(output, "mdia"u8))
            {
                MediaHeader(VideoUnits, "vide"u8, "Picture"u8);
                using (new Mp4Box(output, "minf"u8))
                {
                    using (new Mp4Box(output, "vmhd"u8, version: 0, flags: 1))
                    {
                        output.Zeros(8);
                    }

                    DataHere();
                    using (new Mp4Box(output, "stbl"u8))
                    {
                        using (new Mp4Box(output, "stsd"u8, version: 0))
                        {
                            output.UInt32(1);
                            VideoEntry(size, firstUnit);
                        }

                        EmptyTables();
                    }
                }
            }
        }
    }

    /// <summary>ISO/IEC 14496-15 section 5.4.2.</summary>
    private void VideoEntry(PictureSize size, ReadOnlySpan<byte> firstUnit)
    {
        var sps = AnnexB.Find(firstUnit, AnnexB.Sps);
        var pps = AnnexB.Find(firstUnit, AnnexB.Pps);
        using (new Mp4Box(output, "avc3"u8))
        {
            output.Zeros(6);
            output.UInt16(1); // data reference
            output.Zeros(16);
            output.UInt16(size.Width);
            output.UInt16(size.Height);
            output.UInt32(0x48_0000); // 72 dpi both ways
            output.UInt32(0x48_0000);
            output.UInt32(0);
            output.UInt16(1); // frames per sample
            output.Zeros(32);
            output.UInt16(0x18);
            output.UInt16(0xFFFF);
            using (new Mp4Box(output, "avcC"u8))
            {
                output.Byte(1);
                output.Byte(sps.Length > 3 ? sps[1] : 66);
                output.Byte(sps.Length > 3 ? sps[2] : 0);
                output.Byte(sps.Length > 3 ? sps[3] : 31);
                output.Byte(0xFF); // lengths have four bytes
                Parameter(sps, 0xE0);
                Parameter(pps, 0);
            }
        }
    }

    private void Parameter(ReadOnlySpan<byte> set, int reserved)
    {
        output.Byte(reserved | (set.IsEmpty ? 0 : 1));
        if (!set.IsEmpty)
        {
            output.UInt16(set.Length);
            output.Write(set);
        }
    }

    private void AudioTrack(int id)
    {
        using (new Mp4Box(output, "trak"u8))
        {
            TrackHeader(id, volume: 0x100, default);
            using (new Mp4Box(output, "mdia"u8))
            {
                MediaHeader(AudioUnits, "soun"u8, "Sound"u8);
                using (new Mp4Box(output, "minf"u8))
                {
                    using (new Mp4Box(output, "smhd"u8, version: 0))
                    {
                        output.Zeros(4);
                    }

                    DataHere();
                    using (new Mp4Box(output, "stbl"u8))
                    {
                        using (new Mp4Box(output, "stsd"u8, version: 0))
                        {
                            output.UInt32(1);
                            AudioEntry();
                        }

                        EmptyTables();
                    }
                }
            }
        }
    }

    /// <summary>Encapsulation of Opus in ISO base media, sections 4.3.1 and 4.3.2.</summary>
    private void AudioEntry()
    {
        using (new Mp4Box(output, "Opus"u8))
        {
            output.Zeros(6);
            output.UInt16(1); // data reference
            output.Zeros(8);
            output.UInt16(2); // channels: who is forwarded may send stereo
            output.UInt16(16);
            output.UInt32(0);
            output.UInt32((long)AudioUnits << 16);
            using (new Mp4Box(output, "dOps"u8))
            {
                output.Byte(0);
                output.Byte(2);
                output.UInt16(OpusPreSkip);
                output.UInt32(AudioUnits);
                output.UInt16(0);
                output.Byte(0);
            }
        }
    }
}
