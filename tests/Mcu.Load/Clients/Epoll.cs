using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mcu.Load.Clients;

/// <summary>
/// Waits for any of thousands of sockets with one call (epoll(7)). The framework's own way costs a thread pool item per datagram,
/// which at 100,000 datagrams a second would be more than the server under test.
/// </summary>
internal sealed class Epoll : IDisposable
{
    private const int Add = 1;
    private const uint Readable = 1;

    private readonly int _descriptor = epoll_create1(0);
    private readonly Event[] _events = new Event[256];

    /// <exception cref="PlatformNotSupportedException">Not on x86-64, for which alone the layout of the events is right.</exception>
    public Epoll()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new PlatformNotSupportedException("The load generator runs on x86-64 only.");
        }
    }

    /// <summary>struct epoll_event, packed on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Event
    {
        public uint Events;
        public int Data;
        private readonly int _high;
    }

    /// <summary>Watches a socket; <paramref name="id"/> is what <see cref="Wait"/> gives for it.</summary>
    public void Watch(Socket socket, int id)
    {
        var wanted = new Event { Events = Readable, Data = id };
        if (epoll_ctl(_descriptor, Add, socket.SafeHandle, ref wanted) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Writes the ids of sockets with datagrams; returns how many, 0 after <paramref name="milliseconds"/>.</summary>
    public int Wait(Span<int> ids, int milliseconds)
    {
        var count = epoll_wait(_descriptor, ref _events[0], Math.Min(ids.Length, _events.Length), milliseconds);
        for (var i = 0; i < count; i++)
        {
            ids[i] = _events[i].Data;
        }

        return Math.Max(count, 0);
    }

    public void Dispose() => _ = close(_descriptor);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    private static extern int epoll_ctl(int descriptor, int operation, SafeSocketHandle socket, ref Event wanted);

    [DllImport("libc", ExactSpelling = true, SetLastError = true)]
    private static extern int epoll_wait(int descriptor, ref Event events, int maxEvents, int milliseconds);

    [DllImport("libc", ExactSpelling = true)]
    private static extern int close(int descriptor);
}
