namespace Mcu.Fuzz;

/// <summary>The inputs that mutation starts from: messages as real peers send them, and every input that once failed (regression-*).</summary>
internal static class Corpus
{
    /// <summary>The files of <c>corpus/TARGET</c> in the order of their names.</summary>
    /// <exception cref="DirectoryNotFoundException">The target has no corpus.</exception>
    public static IReadOnlyList<byte[]> Load(FuzzTarget target) =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "corpus", target.Name))
                .Order(StringComparer.Ordinal)
                .Select(File.ReadAllBytes),
        ];
}
