namespace Mcu.Recording.Containers;

/// <summary>One frame that waits for its fragment.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Time">In units of the track's time scale, strictly increasing.</param>
/// <param name="IsKeyframe">Decodable alone.</param>
internal readonly record struct Sample(int Length, long Time, bool IsKeyframe);

/// <summary>The frames of one track that are not written yet, in order of time.</summary>
/// <param name="unitsPerSecond">The track's time scale.</param>
internal sealed class SampleQueue(int unitsPerSecond)
{
    private readonly List<Sample> _samples = [];
    private readonly ByteWriter _bytes = new();
    private long _last = -1;

    public IReadOnlyList<Sample> Samples => _samples;

    public int UnitsPerSecond => unitsPerSecond;

    /// <summary>All waiting bytes, frame after frame.</summary>
    public ByteWriter Bytes => _bytes;

    public long ToUnits(TimeSpan time) =>
        (time.Ticks / TimeSpan.TicksPerSecond * unitsPerSecond)
        + (time.Ticks % TimeSpan.TicksPerSecond * unitsPerSecond / TimeSpan.TicksPerSecond);

    public void Add(ReadOnlySpan<byte> frame, TimeSpan time, bool isKeyframe)
    {
        _bytes.Write(frame);
        Added(frame.Length, time, isKeyframe);
    }

    /// <summary>The last so many of <see cref="Bytes"/> are a frame.</summary>
    public void Added(int length, TimeSpan time, bool isKeyframe)
    {
        _last = Math.Max(ToUnits(time), _last + 1);
        _samples.Add(new Sample(length, _last, isKeyframe));
    }

    /// <summary>How many begin before a time.</summary>
    public int CountBefore(TimeSpan end)
    {
        var limit = ToUnits(end);
        var count = 0;
        while (count < _samples.Count && _samples[count].Time < limit)
        {
            count++;
        }

        return count;
    }

    /// <summary>How long a frame lasts: until the next one, or for the last one until <paramref name="end"/>. At least one unit.</summary>
    public long DurationOf(int index, TimeSpan end)
    {
        var until = index + 1 < _samples.Count ? _samples[index + 1].Time : ToUnits(end);
        return Math.Max(until - _samples[index].Time, 1);
    }

    public int BytesOf(int count)
    {
        var bytes = 0;
        for (var i = 0; i < count; i++)
        {
            bytes += _samples[i].Length;
        }

        return bytes;
    }

    public void Drop(int count)
    {
        _bytes.DropFirst(BytesOf(count));
        _samples.RemoveRange(0, count);
    }
}
