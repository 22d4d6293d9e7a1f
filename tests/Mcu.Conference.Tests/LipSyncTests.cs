namespace Mcu.Conference.Tests;

/// <summary>Lips and sound of one participant leave within 40 ms of each other, whichever of them the network holds up.</summary>
public sealed class LipSyncTests
{
    private const double MaxApartMs = 40;

    [Theory]
    [InlineData(0, 0, 30)]
    [InlineData(80, 0, 30)]
    [InlineData(150, 0, 30)]
    [InlineData(0, 80, 30)]
    [InlineData(0, 150, 30)]
    [InlineData(0, 250, 30)]
    [InlineData(150, 250, 30)]
    [InlineData(150, 0, 15)]
    [InlineData(0, 150, 15)]
    public void Flash_and_beep_leave_together_whichever_is_late(int soundDelayMs, int pictureDelayMs, int framesPerSecond)
    {
        using var scene = new Scene(framesPerSecond);
        scene.Sender.Sound.DelayMs = soundDelayMs;
        scene.Sender.Picture.DelayMs = pictureDelayMs;

        scene.Run(seconds: 10);

        scene.ShouldBeInStep(lastSeconds: 4);
    }

    [Fact]
    public void Jitter_of_both_streams_does_not_part_them()
    {
        using var scene = new Scene(30);
        scene.Sender.Sound.JitterMs = 30;
        scene.Sender.Picture.DelayMs = 60;
        scene.Sender.Picture.JitterMs = 40;

        scene.Run(seconds: 12);

        scene.ShouldBeInStep(lastSeconds: 5);
    }

    [Fact]
    public void They_find_each_other_again_after_the_delay_of_the_picture_changed()
    {
        using var scene = new Scene(30);
        scene.Run(seconds: 5);

        scene.Sender.Picture.DelayMs = 200;
        scene.Run(seconds: 8);
        scene.ShouldBeInStep(lastSeconds: 3);

        scene.Sender.Picture.DelayMs = 0;
        scene.Run(seconds: 8);
        scene.ShouldBeInStep(lastSeconds: 7);
    }

    [Fact]
    public void They_find_each_other_again_after_the_delay_of_the_sound_changed()
    {
        using var scene = new Scene(30);
        scene.Run(seconds: 5);

        scene.Sender.Sound.DelayMs = 150;
        scene.Run(seconds: 5);
        scene.ShouldBeInStep(lastSeconds: 3);

        scene.Sender.Sound.DelayMs = 0;
        scene.Run(seconds: 12);
        scene.ShouldBeInStep(lastSeconds: 3);
    }

    [Fact]
    public void The_sound_of_one_who_never_pauses_is_held_back_as_well()
    {
        using var scene = new Scene(30);
        scene.Sender.Hums = true;
        scene.Sender.Picture.DelayMs = 100;

        scene.Run(seconds: 15);

        scene.ShouldBeInStep(lastSeconds: 4);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public void Sender_reports_that_contradict_each_other_delay_nothing(int errorSeconds)
    {
        using var scene = new Scene(30);
        scene.Sender.PictureClockError = TimeSpan.FromSeconds(errorSeconds);

        scene.Run(seconds: 6);

        scene.FlashDelaysMs(lastSeconds: 4).ShouldAllBe(delay => delay < 70);
        scene.BeepDelaysMs(lastSeconds: 4).ShouldAllBe(delay => delay < 120);
    }

    [Fact]
    public void Pictures_that_wait_for_their_sound_slow_down_and_never_stop()
    {
        using var scene = new Scene(30);
        scene.Run(seconds: 3);
        scene.Sender.Sound.DelayMs = 300;
        scene.Run(seconds: 5);

        scene.ShouldBeInStep(lastSeconds: 2);
        scene.LongestFreezeMs.ShouldBeLessThan(80);
    }

    [Fact]
    public void Without_sender_reports_nothing_waits_for_anything()
    {
        using var scene = new Scene(30);
        scene.Sender.Reports = false;
        scene.Sender.Picture.DelayMs = 250;

        scene.Run(seconds: 6);

        scene.FlashDelaysMs(lastSeconds: 4).ShouldAllBe(delay => delay < 250 + 70);
        scene.BeepDelaysMs(lastSeconds: 4).ShouldAllBe(delay => delay < 120);
    }

    [Fact]
    public void Delay_that_the_late_picture_asked_for_is_given_back_when_it_is_late_no_more()
    {
        using var scene = new Scene(30);
        scene.Sender.Picture.DelayMs = 250;
        scene.Run(seconds: 10);
        scene.BeepDelaysMs(lastSeconds: 3).ShouldAllBe(delay => delay > 200);

        scene.Sender.Picture.DelayMs = 0;
        scene.Run(seconds: 30);

        scene.BeepDelaysMs(lastSeconds: 3).ShouldAllBe(delay => delay < 150);
    }

    /// <summary>One who flashes and beeps, and one who sees and hears it, in virtual time.</summary>
    private sealed class Scene : IDisposable
    {
        private readonly ConferenceRig _rig = new(
            new ConferenceOptions
            {
                CanvasWidth = 320,
                CanvasHeight = 180,
                FramesPerSecond = 30,
                VideoBitrateBps = 500_000,
                VideoSpeed = 10,
            }
        );
        private readonly Witness _witness;
        private readonly Participant _watcher;
        private readonly Media.MediaTime _start;
        private long _version;
        private Media.MediaTime _versionSince;

        public Scene(int cameraFramesPerSecond)
        {
            _start = _rig.Scheduler.Now;
            Sender = new FlashAndBeep(_rig.Codecs, cameraFramesPerSecond);
            Sender.Participant = _rig.Conference.Join("sender", "sender", ParticipantRole.Guest, Sender, _start);
            _witness = new Witness(_rig.Codecs);
            _watcher = _rig.Conference.Join("witness", "witness", ParticipantRole.Viewer, _witness, _start);
        }

        public FlashAndBeep Sender { get; }

        /// <summary>The longest time that one picture of the sender was shown.</summary>
        public double LongestFreezeMs { get; private set; }

        public void Run(int seconds)
        {
            for (var end = _rig.Scheduler.Now + TimeSpan.FromSeconds(seconds); _rig.Scheduler.Now < end; )
            {
                Sender.Step(_rig.Conference, _rig.Scheduler.Now);
                _rig.Run(TimeSpan.FromMilliseconds(1));
                NoteFreeze();
            }
        }

        public void ShouldBeInStep(int lastSeconds)
        {
            var late = _witness.SoundLateMs(_rig.Scheduler.Now, TimeSpan.FromSeconds(lastSeconds));
            late.Count.ShouldBeGreaterThanOrEqualTo(lastSeconds - 1);
            late.ShouldAllBe(ms => Math.Abs(ms) <= MaxApartMs, $"sound after picture: {string.Join(", ", late)} ms");
        }

        public List<double> FlashDelaysMs(int lastSeconds) => DelaysMs(_witness.Flashes, lastSeconds);

        public List<double> BeepDelaysMs(int lastSeconds) => DelaysMs(_witness.Beeps, lastSeconds);

        public void Dispose()
        {
            _rig.Conference.Leave(_watcher, "left", _rig.Scheduler.Now);
            _rig.Conference.Leave(Sender.Participant, "left", _rig.Scheduler.Now);
            _rig.Dispose();
            _witness.Dispose();
            Sender.Dispose();
        }

        private void NoteFreeze()
        {
            var version = Sender.Participant.Camera!.Version;
            if (version != _version || version == 0)
            {
                (_version, _versionSince) = (version, _rig.Scheduler.Now);
            }

            LongestFreezeMs = Math.Max(LongestFreezeMs, (_rig.Scheduler.Now - _versionSince).TotalMilliseconds);
        }

        /// <summary>From each capture, on a full second since the start, to leaving.</summary>
        private List<double> DelaysMs(List<Media.MediaTime> left, int lastSeconds) =>
            [
                .. left.Where(time => time > _rig.Scheduler.Now - TimeSpan.FromSeconds(lastSeconds))
                    .Select(time => (time - _start).TotalMilliseconds % 1000),
            ];
    }
}
