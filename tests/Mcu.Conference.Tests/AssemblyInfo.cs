namespace Mcu.Conference.Tests;

/// <summary>Tests that count what the process's shared pools have lent out, or what was allocated: no other test may borrow meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
