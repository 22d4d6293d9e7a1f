using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Recording.Containers;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Recording.Tests;

/// <summary>From the recorder's leg into the file, in virtual time.</summary>
public sealed class RecordingWriterTests
{
    private static readonly MediaTime s_start = MediaTime.FromMilliseconds(7_003_013);
    private readonly PacketizedFramePool _pool = new(BufferPool.Shared);
    private readonly MemoryStream _file = new();
    private readonly RecorderLeg _leg;
    private readonly RecordingWriter _writer;
    private MediaTime _now = s_start;
    private int _syncs;

    public RecordingWriterTests()
    {
        RecordingFormat.TryCreate("mp4", "none", out var format, out _).ShouldBeTrue();
        _leg = new RecorderLeg(format, s_start, capacity: 100);
        _writer = new RecordingWriter(_leg, new RecordingStream(format.CreateMuxer(), format.Video), _file, () => _syncs++, () => _now);
    }

    [Fact]
    public void Sound_is_in_the_file_within_a_second_and_every_packet_at_its_time()
    {
        Run(3000, sends: _ => true);

        var written = Mp4Times.Of(_file.ToArray());
        written.Count.ShouldBeGreaterThan(100);
        written.ShouldBe(Enumerable.Range(0, written.Count).Select(i => i * 960L));
        _syncs.ShouldBeInRange(2, 3);
        _writer.Duration.TotalSeconds.ShouldBeInRange(2.2, 3);
    }

    [Fact]
    public void Where_no_sound_came_there_is_silence_and_what_follows_is_in_its_place()
    {
        Run(4000, sends: ms => ms is < 1000 or >= 2500);
        End();

        Mp4Times.Of(_file.ToArray()).ShouldBe(Enumerable.Range(0, 200).Select(i => i * 960L));
        using var file = new MemoryStream(_file.ToArray());
        Mp4Fragments.Whole(file).Bytes.ShouldBe(file.Length);
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void Silence_alone_is_a_recording_too()
    {
        Run(2000, sends: _ => false);
        End();

        Mp4Times.Of(_file.ToArray()).Count.ShouldBe(100);
    }

    [Fact]
    public void A_pause_takes_no_time_in_the_file()
    {
        Run(1000, sends: _ => true);
        _leg.Pause(_now);
        _leg.Media.ReceiveAudioCodec.ShouldBeNull();
        Run(5000, sends: _ => true);
        _leg.Resume(_now);
        _leg.Media.ReceiveAudioCodec.ShouldBe(AudioCodec.Opus);
        Run(1000, sends: _ => true);
        End();

        Mp4Times.Of(_file.ToArray()).ShouldBe(Enumerable.Range(0, 100).Select(i => i * 960L));
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void A_file_that_takes_nothing_for_too_long_ends_the_recording_and_holds_no_frame()
    {
        for (var i = 0; i < 150; i++)
        {
            Send();
            _now += TimeSpan.FromMilliseconds(20);
        }

        Should.Throw<IOException>(_writer.Step);
        _leg.Close("failed");
        Send();
        _writer.Discard();
        _pool.Outstanding.ShouldBe(0);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(5_001)]
    [InlineData(9_999)]
    public void A_disk_that_is_full_ends_the_recording_with_what_is_whole(int room)
    {
        RecordingFormat.TryCreate("mp4", "none", out var format, out _).ShouldBeTrue();
        using var disk = new FullDisk(room);
        var writer = new RecordingWriter(_leg, new RecordingStream(format.CreateMuxer(), format.Video), disk, () => { }, () => _now);
        Should.Throw<IOException>(() =>
        {
            for (var i = 0; i < 3000; i++)
            {
                Send();
                _now += TimeSpan.FromMilliseconds(20);
                writer.Step();
            }
        });

        disk.Length.ShouldBe(room);
        writer.CutToWhole();
        writer.Discard();
        disk.Length.ShouldBe(writer.WholeBytes);
        Mp4Fragments.Whole(disk).Bytes.ShouldBe(writer.WholeBytes);
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public async Task Who_asked_for_a_recording_is_told_why_it_failed_but_not_where_it_would_have_been()
    {
        RecordingFormat.TryCreate("mp4", "none", out var format, out _).ShouldBeTrue();
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName(), "missing");
        var info = new RecordingInfo("r", "room", "mp4", "none", RecordingState.Recording, DateTimeOffset.UnixEpoch, null, null, 0, 0);
        Exception? reported = null;
        var recording = RecordingFile.Start(
            new RecordingFolder(path),
            info,
            format,
            _leg,
            () => _now,
            TimeProvider.System,
            () => { },
            (exception, _) => reported ??= exception
        );

        var ended = await recording.Completion;
        ended.State.ShouldBe(RecordingState.Failed);
        ended.Reason.ShouldNotBeNull().ShouldContain("disk");
        ended.Reason.ShouldNotContain(path);
        reported.ShouldBeAssignableTo<IOException>();
    }

    [Fact]
    public void Four_hours_of_ticks_do_not_drift()
    {
        var stream = new RecordingStream(new FragmentedMp4(hasVideo: false), null);
        var output = new ByteWriter();
        var last = 0L;
        for (var i = 0; i < 4 * 3600 * 50; i++)
        {
            var time = TimeSpan.FromMilliseconds(i * 20);
            if (i % 5000 > 40)
            {
                var frame = Packet(s_start + time);
                stream.AddAudio(frame, time);
                frame.Release();
            }

            if (i % 20 == 0 && stream.Cut(time, output) && output.Length > 0)
            {
                last = Mp4Times.Of(output.Written).LastOrDefault(last);
                output.Clear();
            }
        }

        (last / 48_000.0).ShouldBe((4 * 3600) - 0.67, 0.02);
        stream.SilentPackets.ShouldBe(4 * 3600 * 50 / 5000 * 41);
    }

    private void Run(int milliseconds, Func<int, bool> sends)
    {
        for (var ms = 0; ms < milliseconds; ms += 20)
        {
            if (sends(ms))
            {
                Send();
            }

            _now += TimeSpan.FromMilliseconds(20);
            if (ms % 100 == 0)
            {
                _writer.Step();
            }
        }
    }

    private void End()
    {
        _leg.End(_now);
        _writer.Step();
        _writer.HasEnded.ShouldBeTrue();
        _writer.Finish();
    }

    private void Send()
    {
        var frame = Packet(_now);
        _leg.SendAudio(frame);
        frame.Release();
    }

    private PacketizedFrame Packet(MediaTime time) => new AudioPacketizer(_pool).Packetize([0xF8, 0xFF, 0xFE], time);

    /// <summary>Takes what there is room for, as a disk does, and then nothing.</summary>
    private sealed class FullDisk(int room) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Min(buffer.Length, room - Position);
            base.Write(buffer[..fits]);
            if (fits < buffer.Length)
            {
                throw new IOException("No space left on device.");
            }
        }
    }
}
