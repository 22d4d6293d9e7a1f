using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mcu.Benchmarks.Live;

/// <summary>The server itself, as `./mcu run` starts it, in a process and with ports and data of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _data;

    private ServerProcess(Process process, string data, Uri address)
    {
        _process = process;
        _data = data;
        Http = new HttpClient { BaseAddress = address };
    }

    public HttpClient Http { get; }

    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <param name="settings">Environment variables beside those that lift the limits of joining.</param>
    /// <exception cref="InvalidOperationException">The server is not built or did not start.</exception>
    public static async Task<ServerProcess> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var data = Directory.CreateTempSubdirectory("mcu-bench-").FullName;
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var mediaPort = FreePort().ToString(CultureInfo.InvariantCulture);
        string[] arguments =
        [
            FindServer(),
            "--http",
            address.OriginalString,
            "--media-port",
            mediaPort,
            "--announce",
            "127.0.0.1",
            "--data",
            data,
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["MCU_LIMITS_JOINS_PER_MINUTE"] = "100000";
        start.Environment["MCU_LIMITS_ROOMS"] = "5000";
        start.Environment["MCU_LIMITS_PARTICIPANTS_PER_ROOM"] = "5000";
        // What breaks a server is found by breaking it: it refuses nobody, unless it is told to.
        start.Environment.TryAdd("MCU_LIMITS_LOAD", "0");
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var server = new ServerProcess(process, data, address);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        await server.WaitUntilServingAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task WaitUntilServingAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var response = await Http.GetAsync(new Uri("/", UriKind.Relative));
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(started) < StartLimit)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>The server's build output of the same configuration, beside this benchmark's in the repository.</summary>
    private static string FindServer()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var configuration = output.Parent!.Name;
        for (var folder = output; folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "src", "Mcu.Server", "bin", configuration, output.Name, "Mcu.Server.dll");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException("Mcu.Server is not built: run it by ./mcu bench.");
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
