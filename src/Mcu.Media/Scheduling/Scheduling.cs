namespace Mcu.Media.Scheduling;

/// <summary>
/// Work that has exactly one writer at any time, e.g. a conference with its legs. <see cref="Run"/> is never called by two threads at once,
/// and everything it touches is its own. Others hand it input through its own bounded, thread-safe inboxes and then call <see cref="ILane.Wake"/>.
/// </summary>
public interface ISerialWork
{
    /// <summary>Drains the inboxes, does all work that is due at <paramref name="now"/>, and returns the next deadline.</summary>
    MediaTime Run(MediaTime now);
}

/// <summary>The place of one <see cref="ISerialWork"/> in the scheduler.</summary>
public interface ILane : IDisposable
{
    /// <summary>Asks that the work run soon. Cheap, callable from any thread; several calls before a run are one.</summary>
    void Wake();
}

/// <summary>One piece of video work (a decode, a composition, an encode) that may run on any core and owns what it touches while it runs.</summary>
public interface IVideoJob
{
    /// <summary>Runs the job. Must not throw: a job reports its failures to its owner itself.</summary>
    void Execute();
}

/// <summary>
/// Runs media work by deadline. Real-time lanes (audio ticks, network) run on their own threads, ahead of the video jobs,
/// which run on threads of lower priority, so that overload costs frame rate and never sound.
/// </summary>
public interface IMediaScheduler
{
    MediaTime Now { get; }

    ILane AddLane(ISerialWork work);

    /// <summary>Queues a video job; the earliest deadline runs first.</summary>
    /// <param name="deadline">When it should be done. Jobs that end later are what <see cref="VideoReduction"/> is decided by.</param>
    void Submit(IVideoJob job, MediaTime deadline);

    /// <summary>
    /// How far video is to be reduced so that what is left of it is on time: 0 where there is power to spare, 1 for video as it was asked for,
    /// and one more for each thing that is given up. Read by any thread.
    /// </summary>
    int VideoReduction { get; }
}
