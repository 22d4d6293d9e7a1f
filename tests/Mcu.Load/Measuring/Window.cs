using Mcu.Load.Clients;
using Mcu.Load.Peers;
using Mcu.Media.Codecs;

namespace Mcu.Load.Measuring;

/// <summary>Measures stretches of a running load.</summary>
internal sealed class Window(IServerUnderTest server, LoadEngine engine, ICodecFactory codecs)
{
    /// <summary>Pictures are decoded for so long, and by so many for each codec: it is the generator's own cost.</summary>
    private static readonly TimeSpan s_viewing = TimeSpan.FromSeconds(3);

    /// <summary>Measures everybody for a while.</summary>
    public Task<Result> MeasureAsync(TimeSpan length) => MeasureAsync(() => Task.Delay(length));

    /// <summary>Measures those who are in now while something happens.</summary>
    /// <param name="during">Who comes meanwhile is not measured.</param>
    /// <param name="decodes">A few decode their pictures, for which they ask for a keyframe first.</param>
    public async Task<Result> MeasureAsync(Func<Task> during, bool decodes = true)
    {
        var before = await Usage.TakeAsync(server, engine);
        var seen = await engine.InvokeAsync(() => new Observation(engine.Participants, engine.Now));
        var viewers = decodes ? await engine.InvokeAsync(() => seen.OpenEyes(codecs, engine.Now + s_viewing)) : [];
        var late = engine.LateTurns;
        await during();
        await engine.InvokeAsync(() => seen.End(engine.Now));
        var after = await Usage.TakeAsync(server, engine);
        viewers.ForEach(viewer => viewer.Finish());
        var cores = after.ServerCoresSince(before);
        var counted = after.CountersSince(before);
        return new Result
        {
            ServerCores = cores,
            ServerMegabytes = server.ResidentMegabytes,
            Codecs = counted is null ? null : CodecCost.Of(counted.CodecSeconds, after.At - before.At, cores),
            MissedAudioTicks = counted?.MissedAudioTicks,
            GcPauseMs = counted?.GcPauseSeconds * 1000,
            VideoWaitP99Ms = counted is null ? null : Spread.Quantile(counted.JobWait, 0.99) * 1000,
            VideoReduction = counted?.VideoReduction,
            Sound = seen.Sound,
            Pictures = seen.Pictures?.With(viewers),
            DelayMs = Spread.Of(seen.DelaysMs),
            GeneratorCores = after.GeneratorCoresSince(before),
            LateTurns = engine.LateTurns - late,
        };
    }
}
