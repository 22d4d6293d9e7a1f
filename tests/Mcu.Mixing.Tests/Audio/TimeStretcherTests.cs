using Mcu.Mixing.Audio;
using Mcu.TestKit.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

/// <summary>Sound that is played faster or slower: as high, as loud and as clean as before.</summary>
public sealed class TimeStretcherTests
{
    private const int Rate = 48_000;
    private const int Tick = 960;
    private const float Alike = 0.9f;

    [Theory]
    [InlineData(70)]
    [InlineData(110)]
    [InlineData(233.08)]
    [InlineData(440)]
    [InlineData(1000)]
    [InlineData(3111)]
    public void A_tone_keeps_its_pitch_its_level_and_its_purity(double toneHz)
    {
        foreach (var isFaster in new[] { true, false })
        {
            var tone = Tones.Sine(toneHz, 0.3, 4 * Rate);
            var (heard, changes, _) = Stretch(tone, isFaster);

            changes.ShouldBeGreaterThan(20);
            SplatterDb(heard, toneHz).ShouldBeLessThan(-40, $"{(isFaster ? "faster" : "slower")}");
            LargestBend(heard).ShouldBeLessThan(LargestBend(tone) * 1.1);
            foreach (var piece in heard.Chunk(Tick).Where(piece => piece.Length == Tick).Skip(1))
            {
                Tones.Db(Tones.Rms(piece) / (0.3 / Math.Sqrt(2))).ShouldBe(0, 1);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_voice_keeps_its_pitch_and_its_energy(bool isFaster)
    {
        foreach (var voice in Recordings.Take(count: 3, TimeSpan.FromSeconds(8)))
        {
            var (heard, changes, origins) = Stretch(voice, isFaster);

            changes.ShouldBeGreaterThan(50);
            (heard.Length / (double)voice.Length).ShouldBeInRange(isFaster ? 0.4 : 1.15, isFaster ? 0.85 : 3);
            var ratios = origins
                .Select((origin, tick) => PitchAt(heard, tick * Tick) / PitchAt(voice, origin))
                .Where(ratio => !double.IsNaN(ratio))
                .Order()
                .ToList();
            ratios.Count.ShouldBeGreaterThan(30);
            ratios[ratios.Count / 2].ShouldBe(1, 0.01);
            ratios[ratios.Count / 10].ShouldBeGreaterThan(0.95);
            ratios[ratios.Count * 9 / 10].ShouldBeLessThan(1.05);
            LargestBend(heard).ShouldBeLessThan(LargestBend(voice) * 1.2);
        }
    }

    [Fact]
    public void Noise_may_be_cut_anywhere_and_stays_as_loud()
    {
        var noise = Tones.Noise(5, 0.2, 4 * Rate);
        foreach (var isFaster in new[] { true, false })
        {
            var (heard, changes, _) = Stretch(noise, isFaster);

            changes.ShouldBeGreaterThan(80);
            foreach (var piece in heard.Chunk(Tick).Where(piece => piece.Length == Tick).Skip(1))
            {
                Tones.Db(Tones.Rms(piece) / Tones.Rms(noise)).ShouldBe(0, 1.5);
            }
        }
    }

    [Fact]
    public void Silence_is_cut_to_the_sample()
    {
        var queue = Fill(new float[3 * Tick]);
        queue.Shorten(1234, Alike).ShouldBe(1234);
        queue.Count.ShouldBe((3 * Tick) - 1234);
        queue.Shorten(1, Alike).ShouldBe(1);
        queue.Lengthen(333, Alike).ShouldBe(333);
        queue.Lengthen(Tick, Alike).ShouldBe(TimeStretcher.MaxShift);
    }

    [Fact]
    public void A_word_that_begins_is_left_alone()
    {
        var onset = new float[2 * Tick];
        var voice = new Voice(3, Rate).Take(Rate);
        voice.AsSpan(4000, Tick).CopyTo(onset.AsSpan(Tick)); // silence, then suddenly loud
        Fill(onset).Shorten(2 * Tick, Alike).ShouldBe(0);
    }

    [Theory]
    [InlineData(110)]
    [InlineData(233.08)]
    [InlineData(1000)]
    public void Where_nothing_comes_for_a_while_a_tone_goes_on_and_comes_back_in_step(double toneHz)
    {
        var tone = Tones.Sine(toneHz, 0.3, 20 * Tick);
        var queue = new PlayoutQueue(8 * Tick);
        var (heard, tick) = (new List<float>(), new float[Tick]);
        for (var at = 0; at < tone.Length; at += Tick)
        {
            if (at == 10 * Tick)
            {
                queue.Continue(2 * Tick); // a packet comes two ticks late, and what it holds is still played
                queue.Continue(TimeStretcher.Bridge);
            }

            var before = queue.Count;
            tone.AsSpan(at, Tick).CopyTo(queue.Room);
            queue.Commit(Tick);
            if (at == 10 * Tick)
            {
                queue.Merge(before);
            }

            while (queue.Count >= Tick)
            {
                queue.Take(tick);
                heard.AddRange(tick);
            }
        }

        heard.Count.ShouldBeInRange(22 * Tick, 23 * Tick);
        LargestBend(heard.ToArray()).ShouldBeLessThan(LargestBend(tone) * 1.6);
        foreach (var piece in heard.ToArray().Chunk(Tick).Where(piece => piece.Length == Tick).Skip(1))
        {
            Tones.Db(Tones.Rms(piece) / (0.3 / Math.Sqrt(2))).ShouldBe(0, 1);
        }
    }

    [Fact]
    public void Any_sound_and_any_length_is_borne_and_counted_right()
    {
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var sound = Tones.Noise(i, 0.3, random.Next(0, 4 * Tick));
            if (random.Next(2) == 0)
            {
                sound = Tones.Sine(50 + random.Next(5000), random.NextDouble() / 2, sound.Length);
            }

            var queue = Fill(sound, room: TimeStretcher.Bridge + (5 * Tick));
            var before = queue.Count;
            var change = random.Next(2) == 0 ? -queue.Shorten(random.Next(-5, 3000), 0.6f) : queue.Lengthen(random.Next(-5, 3000), 0.6f);
            (queue.Count - before).ShouldBe(change);
            var start = queue.Count;
            if (start > 0 && random.Next(2) == 0)
            {
                queue.Continue(TimeStretcher.Bridge);
                start = queue.Count;
                sound.AsSpan(0, random.Next(sound.Length)).CopyTo(queue.Room);
                queue.Commit(random.Next(sound.Length));
                queue.Merge(start);
            }

            var heard = new float[queue.Count];
            queue.Take(heard);
            heard.ShouldAllBe(sample => Math.Abs(sample) <= 1.5f);
        }
    }

    [Fact]
    public void It_allocates_nothing()
    {
        var queue = new PlayoutQueue(8 * Tick);
        var (tone, tick) = (Tones.Sine(200, 0.3, Tick), new float[Tick]);
        long before = 0;
        for (var i = 0; i < 200; i++)
        {
            if (i == 100)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            while (queue.Count < 2 * Tick)
            {
                tone.CopyTo(queue.Room);
                queue.Commit(Tick);
            }

            if (i % 5 == 0)
            {
                queue.Continue(TimeStretcher.Bridge);
                var start = queue.Count;
                tone.CopyTo(queue.Room);
                queue.Commit(Tick);
                queue.Merge(start);
            }

            _ = i % 2 == 0 ? queue.Shorten(Tick, Alike) : queue.Lengthen(Tick, Alike);
            queue.Take(tick);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static PlayoutQueue Fill(ReadOnlySpan<float> samples, int room = TimeStretcher.MaxShift)
    {
        var queue = new PlayoutQueue(samples.Length + room);
        samples.CopyTo(queue.Room);
        queue.Commit(samples.Length);
        return queue;
    }

    /// <summary>Plays everything tick by tick, changing as many ticks as can be; and tells where each tick came from.</summary>
    private static (float[] Heard, int Changes, List<int> Origins) Stretch(float[] sound, bool isFaster)
    {
        var queue = new PlayoutQueue(6 * Tick);
        var heard = new List<float>();
        var (tick, changes, origins) = (new float[Tick], 0, new List<int>());
        for (var at = 0; ; )
        {
            while (queue.Count < 2 * Tick && at + Tick <= sound.Length)
            {
                sound.AsSpan(at, Tick).CopyTo(queue.Room);
                queue.Commit(Tick);
                at += Tick;
            }

            if (queue.Count < 2 * Tick)
            {
                return ([.. heard], changes, origins);
            }

            changes +=
                (
                    heard.Count > 0
                        ? isFaster
                            ? queue.Shorten(Tick, Alike)
                            : queue.Lengthen(Tick, Alike)
                        : 0
                ) > 0
                    ? 1
                    : 0;
            origins.Add(at - queue.Count);
            queue.Take(tick);
            heard.AddRange(tick);
        }
    }

    /// <summary>What is further than 100 Hz from the tone, in dB of the tone.</summary>
    private static double SplatterDb(ReadOnlySpan<float> heard, double toneHz)
    {
        const int size = 65_536;
        var spectrum = Spectrum.Of(heard.Slice((heard.Length - size) / 2, size));
        var (near, far) = (0.0, 0.0);
        for (var bin = 0; bin < spectrum.Length; bin++)
        {
            var isNear = Math.Abs((bin * (double)Rate / size) - toneHz) < 100;
            (near, far) = isNear ? (near + spectrum[bin], far) : (near, far + spectrum[bin]);
        }

        return 10 * Math.Log10(far / near);
    }

    private static double LargestBend(ReadOnlySpan<float> samples)
    {
        var largest = 0.0;
        for (var i = 2; i < samples.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(samples[i] - (2 * samples[i - 1]) + samples[i - 2]));
        }

        return largest;
    }

    /// <summary>Of the 40 ms from there, in Hz, by autocorrelation; not a number where it is not clear.</summary>
    private static double PitchAt(float[] sound, int start)
    {
        if (start + 2700 > sound.Length || Tones.Rms(sound.AsSpan(start, 1920)) < 0.02)
        {
            return double.NaN;
        }

        var here = sound.AsSpan(start, 1920);
        var (best, bestLag) = (0.0, 0);
        for (var lag = 120; lag <= 720; lag += 4)
        {
            var likeness = Likeness(here, sound.AsSpan(start + lag, 1920)) - (lag * 0.0002); // rather one period than two
            (best, bestLag) = likeness > best ? (likeness, lag) : (best, bestLag);
        }

        for (var lag = bestLag - 3; lag <= bestLag + 3; lag++)
        {
            var likeness = Likeness(here, sound.AsSpan(start + lag, 1920)) - (lag * 0.0002);
            (best, bestLag) = likeness > best ? (likeness, lag) : (best, bestLag);
        }

        return best > 0.8 ? (double)Rate / bestLag : double.NaN;
    }

    private static double Likeness(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (product, first, second) = (0.0, 1e-9, 1e-9);
        for (var i = 0; i < a.Length; i++)
        {
            product += a[i] * b[i];
            first += a[i] * a[i];
            second += b[i] * b[i];
        }

        return product / Math.Sqrt(first * second);
    }
}
