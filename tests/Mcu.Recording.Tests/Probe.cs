using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Mcu.Recording.Tests;

/// <summary>What FFmpeg finds in a file.</summary>
internal static class Probe
{
    public const string FFmpeg = "/usr/bin/ffmpeg";
    private const string FFprobe = "/usr/bin/ffprobe";

    public sealed record Packet(string Stream, double Time, double Duration, bool IsKeyframe);

    /// <summary>Decodes all of a file; gives every word of complaint.</summary>
    public static string Complaints(byte[] file, string extension) =>
        With(file, extension, path => Run(FFmpeg, ["-v", "warning", "-xerror", "-i", path, "-f", "null", "-"], throws: false).Error);

    public static List<Packet> Packets(byte[] file, string extension) =>
        With(
            file,
            extension,
            path =>
            {
                var text = Run(
                    FFprobe,
                    ["-v", "error", "-show_entries", "packet=codec_type,pts_time,duration_time,flags", "-of", "json", path]
                ).Output;
                return JsonDocument
                    .Parse(text)
                    .RootElement.GetProperty("packets")
                    .EnumerateArray()
                    .Select(p => new Packet(
                        p.GetProperty("codec_type").GetString()!,
                        Number(p, "pts_time"),
                        Number(p, "duration_time"),
                        p.GetProperty("flags").GetString()!.Contains('K', StringComparison.Ordinal)
                    ))
                    .ToList();
            }
        );

    /// <summary>One entry of ffprobe's format section.</summary>
    public static string Format(byte[] file, string extension, string entry) =>
        With(
            file,
            extension,
            path => Run(FFprobe, ["-v", "error", "-show_entries", $"format={entry}", "-of", "csv=p=0", path]).Output.Trim()
        );

    private static double Number(JsonElement packet, string name) =>
        packet.TryGetProperty(name, out var value) ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : double.NaN;

    private static T With<T>(byte[] file, string extension, Func<string, T> look)
    {
        Assert.SkipUnless(File.Exists(FFprobe), "ffprobe is not installed: ./mcu setup test");
        var path = Path.Combine(Path.GetTempPath(), $"mcu-{Guid.NewGuid():N}.{extension}");
        File.WriteAllBytes(path, file);
        try
        {
            return look(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (string Output, string Error) Run(string program, string[] arguments, bool throws = true)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        (process.ExitCode == 0 || !throws).ShouldBeTrue(error.Result);
        return (output, error.Result);
    }
}
