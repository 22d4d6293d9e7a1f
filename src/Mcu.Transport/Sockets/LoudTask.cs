using System.Runtime.ExceptionServices;

namespace Mcu.Transport;

/// <summary>Work that nobody waits for.</summary>
internal static class LoudTask
{
    /// <summary>What escapes from it is a bug: it ends the process, as it would on a thread, instead of being lost with its task.</summary>
    public static void Forget(Task task) =>
        _ = task.ContinueWith(
            static failed =>
                ThreadPool.UnsafeQueueUserWorkItem(ExceptionDispatchInfo.Throw, failed.Exception!.InnerException!, preferLocal: false),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default
        );
}
