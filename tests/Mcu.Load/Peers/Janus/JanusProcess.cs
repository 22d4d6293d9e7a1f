using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mcu.Load.Peers.Janus;

/// <summary>
/// Debian's Janus with nothing but its AudioBridge and WebSockets, on loopback alone: configuration and folders of its own, so that
/// neither other plugins nor a Janus of this machine are touched.
/// </summary>
internal sealed class JanusProcess : IAsyncDisposable
{
    public const int Room = 1;

    private const string Binary = "/usr/bin/janus";
    private const string Bridge = "plugins/libjanus_audiobridge.so";
    private const string WebSockets = "transports/libjanus_websockets.so";

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private JanusProcess(Process process, DirectoryInfo folder, Uri address)
    {
        _process = process;
        _folder = folder;
        Address = address;
    }

    /// <summary>Where its WebSocket API listens.</summary>
    public Uri Address { get; }

    public bool HasExited => _process.HasExited;

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    /// <exception cref="InvalidOperationException">Janus is not installed.</exception>
    public static JanusProcess Start()
    {
        var libraries = Directory.EnumerateDirectories("/usr/lib", "janus", Shallow).FirstOrDefault();
        if (!File.Exists(Binary) || libraries is null)
        {
            throw new InvalidOperationException("Janus is not installed: run it by ./mcu bench load janus, or ./mcu setup bench.");
        }

        var folder = Directory.CreateTempSubdirectory("mcu-janus-");
        var port = FreePort();
        foreach (var module in (string[])[Bridge, WebSockets])
        {
            var link = Path.Combine(folder.FullName, module);
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, Path.Combine(libraries, module));
        }

        foreach (var (file, text) in Configuration(folder.FullName, port))
        {
            File.WriteAllText(Path.Combine(folder.FullName, file), text);
        }

        string[] arguments = ["-F", folder.FullName, "-C", Path.Combine(folder.FullName, "janus.jcfg")];
        var start = new ProcessStartInfo(Binary, arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        var process = Process.Start(start) ?? throw new InvalidOperationException("Janus did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return new JanusProcess(process, folder, new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{port}/")));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static EnumerationOptions Shallow =>
        new()
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = 1,
            IgnoreInaccessible = true,
        };

    /// <summary>Only what must differ from the defaults; the room mixes at 48 kHz and takes plain RTP.</summary>
    private static Dictionary<string, string> Configuration(string folder, int port) =>
        new()
        {
            ["janus.jcfg"] = $$"""
                general: {
                    plugins_folder = "{{folder}}/plugins"
                    transports_folder = "{{folder}}/transports"
                    events_folder = "{{folder}}/none"
                    loggers_folder = "{{folder}}/none"
                    debug_level = 3
                    session_timeout = 0
                }
                """,
            ["janus.transport.websockets.jcfg"] = string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                general: {
                    json = "compact"
                    ws = true
                    ws_port = {{port}}
                    ws_ip = "127.0.0.1"
                    wss = false
                }
                """
            ),
            ["janus.plugin.audiobridge.jcfg"] = string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                general: {
                    local_ip = "127.0.0.1"
                }
                room-{{Room}}: {
                    description = "load"
                    sampling_rate = 48000
                    allow_rtp_participants = true
                }
                """
            ),
        };

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
