using Mcu.Server.Rooms;

namespace Mcu.Server.Hosting;

/// <summary>Before anything stops: everybody is told that the server shuts down, and media says goodbye.</summary>
internal sealed class Drain(IRoomDirectory rooms, ILogger<Drain> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.2);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("Closing all sessions");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await rooms.CloseAllAsync(LeaveReason.Shutdown, limit.Token).AsTask().WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            logger.LogWarning("Some sessions did not close in time");
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
