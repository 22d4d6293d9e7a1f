using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Scheduling;

namespace Mcu.Server.Rooms;

/// <summary>What other threads ask of a room's writer: a bounded queue of actions, each run once by the writer, or refused when the room has ended.</summary>
internal sealed class RoomCommands(ILane lane) : IDisposable
{
    private const int MaxCommands = 4096;

    private readonly ConcurrentQueue<Command> _commands = new();
    private int _count;
    private volatile bool _stopped;

    /// <summary>Runs a function on the room's writer and gives its result; exceptions reach the caller.</summary>
    /// <param name="command">Gets the time of the run.</param>
    /// <param name="always">For what comes once in a session's life and may not get lost: the bound does not hold for it.</param>
    /// <exception cref="RoomException">Too much is waiting already, or the room has ended.</exception>
    public Task<T> InvokeAsync<T>(Func<MediaTime, T> command, bool always = false)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(
            new Command(
                now =>
                {
                    try
                    {
                        completion.SetResult(command(now));
                    }
#pragma warning disable CA1031 // Whatever it is, it belongs to the caller, not to the writer.
                    catch (Exception exception)
#pragma warning restore CA1031
                    {
                        completion.SetException(exception);
                    }
                },
                () => completion.SetException(new RoomException(RoomError.NotFound, "The room has ended: join again."))
            ),
            always
        );
        return completion.Task;
    }

    /// <summary>Runs an action on the room's writer; not at all where the room has ended.</summary>
    /// <param name="command">Gets the time of the run.</param>
    /// <param name="always">For what comes once in a session's life and may not get lost: the bound does not hold for it.</param>
    /// <exception cref="RoomException">Too much is waiting already.</exception>
    public void Post(Action<MediaTime> command, bool always = false) => Enqueue(new Command(command, static () => { }), always);

    /// <summary>For the writer: runs what waits now. False where there was nothing.</summary>
    public bool Run(MediaTime now)
    {
        var left = Volatile.Read(ref _count);
        if (left == 0)
        {
            return false;
        }

        for (; left > 0 && TryTake(out var command); left--)
        {
            command.Run(now);
        }

        return true;
    }

    /// <summary>The room has ended: whatever waits, and whatever comes, is refused.</summary>
    public void Dispose()
    {
        _stopped = true;
        RefuseAll();
    }

    private void Enqueue(Command command, bool always)
    {
        if (Interlocked.Increment(ref _count) > MaxCommands && !always)
        {
            Interlocked.Decrement(ref _count);
            throw new RoomException(
                RoomError.RoomFull,
                "The room is busy: more requests wait than it can serve. Try again in a few seconds."
            );
        }

        _commands.Enqueue(command);
        lane.Wake();
        if (_stopped)
        {
            // It ended after this was queued, or before: whoever takes the command out refuses it.
            RefuseAll();
        }
    }

    private bool TryTake(out Command command)
    {
        var taken = _commands.TryDequeue(out command);
        if (taken)
        {
            Interlocked.Decrement(ref _count);
        }

        return taken;
    }

    private void RefuseAll()
    {
        while (TryTake(out var command))
        {
            command.Refuse();
        }
    }

    /// <param name="Run">On the writer.</param>
    /// <param name="Refuse">Instead, where the room has ended.</param>
    private readonly record struct Command(Action<MediaTime> Run, Action Refuse);
}
