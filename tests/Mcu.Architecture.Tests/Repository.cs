using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Mcu.Architecture.Tests;

/// <summary>The repository's own files, found from where this file was compiled.</summary>
internal static class Repository
{
    private static readonly char[] Separators = ['/', '\\'];

    public static string Root { get; } = FindRoot();

    /// <summary>Projects under src/, by name.</summary>
    public static IReadOnlyDictionary<string, string> SourceProjects { get; } = Projects("src");

    public static IReadOnlyDictionary<string, string> AllProjects { get; } =
        Projects("src").Concat(Projects("tests")).Concat(Projects("native")).ToDictionary();

    /// <summary>Names of the projects that one project references directly.</summary>
    public static IEnumerable<string> References(string projectFile) =>
        XDocument
            .Load(projectFile)
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Split(Separators)[^1]));

    /// <summary>Files below the given folders, without build output.</summary>
    public static IEnumerable<string> Files(string pattern, params string[] folders) =>
        folders
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories))
            .Where(IsSource);

    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static bool IsSource(string path)
    {
        var parts = Relative(path).Split('/');
        return !parts.Any(part =>
            part is "bin" or "obj" or "node_modules" or "dist" || part.StartsWith("build", StringComparison.Ordinal) && parts[0] == "native"
        );
    }

    private static Dictionary<string, string> Projects(string folder) =>
        Files("*.csproj", folder).ToDictionary(path => Path.GetFileNameWithoutExtension(path)!, StringComparer.Ordinal);

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // Deterministic builds may rewrite compiled paths; the output folder is inside the repository too.
        foreach (var start in new[] { Path.GetDirectoryName(here), AppContext.BaseDirectory })
        {
            for (var folder = start; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "Mcu.sln")))
                {
                    return folder;
                }
            }
        }

        throw new InvalidOperationException("Mcu.sln was not found above the tests.");
    }
}
