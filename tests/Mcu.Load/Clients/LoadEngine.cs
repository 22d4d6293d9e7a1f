using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Mcu.Rtp.Send;
using Mcu.Transport;

namespace Mcu.Load.Clients;

/// <summary>What all participants of an engine share. <paramref name="Output"/> is empty whenever another one runs.</summary>
internal sealed record EngineParts(MediaClock Clock, DatagramBatch Output, PacketizedFramePool Frames, ICodecFactory Codecs);

/// <summary>
/// All participants of one run, on one thread: waits for datagrams, and gives each participant its turn every 20 ms, spread evenly over them.
/// </summary>
internal sealed class LoadEngine : IDisposable
{
    private const int PriorityOfProcess = 0;
    private const int CallingThread = 0; // on Linux that thread alone
    private const int Niceness = -10;
    private const int Turns = 20; // of 1 ms each: every participant has one in 20 ms
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(1);

    private readonly EngineParts _parts;
    private readonly Epoll _epoll = new();
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly List<Participant?> _byNumber = [];
    private readonly List<Participant> _participants = [];
    private readonly List<Participant>[] _turns = [.. Enumerable.Range(0, Turns).Select(_ => new List<Participant>())];
    private readonly List<Participant> _filming = [];
    private readonly byte[] _buffer = new byte[2048];
    private readonly Thread _thread;
    private volatile bool _stopping;
    private MediaTime _nextTurn;
    private int _turn;

    public LoadEngine(ICodecFactory codecs)
    {
        var clock = new MediaClock();
        _parts = new EngineParts(clock, new DatagramBatch(64), new PacketizedFramePool(BufferPool.Shared), codecs);
        _nextTurn = clock.Now;
        _thread = new Thread(Run) { Name = "load", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Who is in. Only in <see cref="InvokeAsync{T}"/>, or when nobody joins or leaves.</summary>
    public IReadOnlyList<Participant> Participants => _participants;

    /// <summary>Turns that began more than 10 ms late: the generator itself had not enough processor.</summary>
    public long LateTurns { get; private set; }

    public MediaTime Now => _parts.Clock.Now;

    /// <summary>Makes a participant, given its number, on the engine's thread.</summary>
    public Task<T> MakeAsync<T>(Func<int, EngineParts, T> make)
        where T : Participant =>
        InvokeAsync(() =>
        {
            var made = make(_byNumber.Count, _parts);
            _byNumber.Add(made);
            return made;
        });

    /// <summary>Lets a participant who has joined send and receive. On the engine's thread.</summary>
    public void Start(Participant participant)
    {
        _participants.Add(participant);
        _epoll.Watch(participant.Socket, participant.Number);
        _turns[participant.Number % Turns].Add(participant);
        if (participant.Plan.Video is not null)
        {
            _filming.Add(participant);
        }
    }

    /// <summary>Forgets a participant, who has left or could not join.</summary>
    public Task RemoveAsync(Participant participant) =>
        InvokeAsync(() =>
        {
            _participants.Remove(participant);
            _turns[participant.Number % Turns].Remove(participant);
            _filming.Remove(participant);
            _byNumber[participant.Number] = null;
            participant.Dispose();
            return true;
        });

    /// <summary>Runs a function on the engine's thread.</summary>
    public Task<T> InvokeAsync<T>(Func<T> command)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands.Enqueue(() =>
        {
            try
            {
                completion.SetResult(command());
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the caller.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        foreach (var participant in _byNumber)
        {
            participant?.Dispose();
        }

        _epoll.Dispose();
    }

    private void Run()
    {
        // As far ahead as the server's own real-time threads: late packets of the generator would be taken for the server's. Where it is
        // not allowed to, turns that come late are counted all the same.
        _ = setpriority(PriorityOfProcess, CallingThread, Niceness);
        while (!_stopping)
        {
            ReceiveAll();
            RunTurns();
            while (_commands.TryDequeue(out var command))
            {
                command();
            }

            // On loopback, waking a reader is the sender's work, and no network asks that of a server: so nobody is woken by datagrams.
            SleepUntil(_nextTurn);
        }
    }

    private void ReceiveAll()
    {
        Span<int> ready = stackalloc int[256];
        int count;
        do
        {
            count = _epoll.Wait(ready, 0);
            var arrival = _parts.Clock.Now;
            for (var i = 0; i < count; i++)
            {
                _byNumber[ready[i]]?.Receive(_buffer, arrival);
            }
        } while (count > 0 && _parts.Clock.Now < _nextTurn);
    }

    private static void SleepUntil(MediaTime time)
    {
        const int MonotonicClock = 1;
        const int AbsoluteTime = 1;
        var seconds = Math.DivRem(time.Ticks, TimeSpan.TicksPerSecond, out var rest);
        var until = new TimeSpec(seconds, rest * TimeSpan.NanosecondsPerTick);
        _ = clock_nanosleep(MonotonicClock, AbsoluteTime, until, nint.Zero);
    }

    private void RunTurns()
    {
        for (var now = _parts.Clock.Now; now >= _nextTurn; now = _parts.Clock.Now)
        {
            LateTurns += now - _nextTurn > 10 * s_turn ? 1 : 0;
            foreach (var participant in _turns[_turn])
            {
                participant.Turn(now);
            }

            foreach (var participant in _filming)
            {
                participant.Film(now);
            }

            _turn = (_turn + 1) % Turns;
            _nextTurn += s_turn;
        }
    }

    /// <summary>struct timespec of 64-bit systems. The media clock is the monotonic one.</summary>
    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);

    [DllImport("libc", ExactSpelling = true)]
    private static extern int clock_nanosleep(int clock, int flags, in TimeSpec until, nint remaining);

    [DllImport("libc", ExactSpelling = true)]
    private static extern int setpriority(int which, int who, int niceness);
}
