using Mcu.Media;
using Mcu.Transport;

namespace Mcu.Benchmarks.Live;

/// <summary>A thread that does something at a steady pace, in real time, until it is disposed. Late turns are made up for.</summary>
internal sealed class PacedThread : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stopping;

    public PacedThread(string name, MediaClock clock, TimeSpan interval, Action<MediaTime> turn)
    {
        _thread = new Thread(() => Run(clock, interval, turn)) { Name = name, IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Run(MediaClock clock, TimeSpan interval, Action<MediaTime> turn)
    {
        for (var next = clock.Now; !_stopping; next += interval)
        {
            while (clock.Now < next)
            {
                Thread.Sleep(1);
            }

            turn(clock.Now);
        }
    }
}
