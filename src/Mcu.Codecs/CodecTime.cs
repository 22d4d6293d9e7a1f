using System.Diagnostics.Metrics;
using Mcu.Codecs.Interop;

namespace Mcu.Codecs;

/// <summary>Kinds of native work that are told apart in the metrics.</summary>
internal enum CodecWork
{
    AudioDecode,
    AudioEncode,
    VideoDecode,
    VideoEncode,
    Scale,
}

/// <summary>
/// Processor time spent inside native codecs and the scaler, over all of the process: the meter "Mcu.Codecs". What the server costs
/// beyond this is its own. The threads that a codec starts itself are not counted: ours are opened with one thread each.
/// </summary>
internal static class CodecTime
{
    private static readonly string[] s_names = ["audio_decode", "audio_encode", "video_decode", "video_encode", "scale"];
    private static readonly long[] s_nanoseconds = new long[s_names.Length];
    private static readonly Meter s_meter = new("Mcu.Codecs");

    static CodecTime() =>
        s_meter.CreateObservableCounter(
            "mcu.codec.cpu",
            Measure,
            "s",
            "Processor time inside native codecs and the scaler, by kind of work"
        );

    /// <summary>Counts the calling thread's processor time until the result is disposed of.</summary>
    public static Call Count(CodecWork work) => new(work);

    private static IEnumerable<Measurement<double>> Measure() =>
        s_names.Select(
            (name, kind) =>
                new Measurement<double>(Volatile.Read(ref s_nanoseconds[kind]) / 1e9, new KeyValuePair<string, object?>("kind", name))
        );

    /// <summary>One call of a codec, on the stack of its thread.</summary>
    internal readonly ref struct Call(CodecWork work) : IDisposable
    {
        private readonly long _start = ThreadNative.ProcessorTime();

        public void Dispose() => Interlocked.Add(ref s_nanoseconds[(int)work], ThreadNative.ProcessorTime() - _start);
    }
}
