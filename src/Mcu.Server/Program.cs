using System.Net.Sockets;
using Mcu.Server.Configuration;
using Mcu.Server.Hosting;

if (CommandLine.AsksForHelp(args))
{
    Console.Write(CommandLine.Help());
    return 0;
}

if (!SettingsLoader.TryLoad(SettingsSources.OfProcess(args), out var options, out var files, out var errors))
{
    foreach (var error in errors)
    {
        await Console.Error.WriteLineAsync(error);
    }

    return 2;
}

try
{
    await using var app = McuHost.Build(options, files);
    await app.StartAsync();
    Console.WriteLine($"Serving on {string.Join(", ", app.Urls)}");
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception exception) when (exception is IOException or SocketException)
{
    // What the machine refuses, e.g. a port in use, needs a sentence and no stack trace.
    await Console.Error.WriteLineAsync($"The server cannot start: {exception.Message}");
    return 1;
}
