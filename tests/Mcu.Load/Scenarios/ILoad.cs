using Mcu.Codecs;
using Mcu.Load.Clips;

namespace Mcu.Load.Scenarios;

/// <summary>One load of <c>./mcu bench load</c>.</summary>
internal interface ILoad
{
    string Name { get; }

    /// <summary>Who does what, for the table.</summary>
    string What { get; }

    string Target { get; }

    /// <summary>Needs what is not always installed, or takes so long that it only runs when asked for by name.</summary>
    bool IsOnDemand => false;

    /// <summary>Runs it, tells people by <see cref="LoadContext.Say"/> and returns the figures for JSON.</summary>
    Task<object> RunAsync(LoadContext context);
}

/// <summary>What the command line asks for.</summary>
internal sealed record LoadOptions
{
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Instead of the load's own number.</summary>
    public int? Participants { get; init; }

    /// <summary>For so long it is measured.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Looks for the largest number of participants instead.</summary>
    public bool Ramp { get; init; }

    public bool Json { get; init; }
}

/// <summary>What every load is given.</summary>
internal sealed record LoadContext(LoadOptions Options, NativeCodecFactory Codecs, Library Library)
{
    /// <summary>A line for people; nothing where JSON is asked for.</summary>
    public void Say(string line)
    {
        if (!Options.Json)
        {
            Console.WriteLine(line);
        }
    }
}
