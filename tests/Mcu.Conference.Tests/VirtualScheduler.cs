using Mcu.Media;
using Mcu.Media.Scheduling;

namespace Mcu.Conference.Tests;

/// <summary>A scheduler in virtual time: video jobs run at once, on the caller's thread, unless they are held back.</summary>
internal sealed class VirtualScheduler : IMediaScheduler
{
    private readonly Queue<IVideoJob> _held = new();
    private readonly Queue<(IVideoJob Job, MediaTime Ends)> _atWork = new();

    public MediaTime Now { get; set; } = MediaTime.FromMilliseconds(1000);

    public int VideoReduction { get; set; } = VideoEffort.AsAsked;

    /// <summary>Keeps video jobs queued until <see cref="RunHeld"/>: the picture of overloaded video threads.</summary>
    public bool HoldJobs { get; set; }

    /// <summary>What each video job takes; all are at work side by side.</summary>
    public TimeSpan JobTime { get; set; }

    public ILane AddLane(ISerialWork work) => throw new NotSupportedException("A conference under test is run by its test.");

    public void Submit(IVideoJob job, MediaTime deadline)
    {
        if (HoldJobs)
        {
            _held.Enqueue(job);
            return;
        }

        if (JobTime > TimeSpan.Zero)
        {
            _atWork.Enqueue((job, Now + JobTime));
            return;
        }

        job.Execute();
    }

    /// <summary>Ends the jobs whose time is up.</summary>
    public void RunDone()
    {
        while (_atWork.TryPeek(out var first) && first.Ends <= Now)
        {
            _atWork.Dequeue().Job.Execute();
        }
    }

    public void RunHeld()
    {
        while (_atWork.TryDequeue(out var working))
        {
            working.Job.Execute();
        }

        while (_held.TryDequeue(out var job))
        {
            job.Execute();
        }
    }
}
