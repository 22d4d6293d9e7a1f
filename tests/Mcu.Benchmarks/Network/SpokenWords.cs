using Mcu.Load.Clips;

namespace Mcu.Benchmarks.Network;

/// <summary>Words that a human voice says one after the other: numbers and the spelling alphabet, of asterisk-core-sounds-en-wav.</summary>
/// <param name="Words">In the order in which they are said.</param>
/// <param name="Samples">48 kHz.</param>
internal sealed record SpokenWords(IReadOnlyList<string> Words, float[] Samples)
{
    private const string Folder = "/usr/share/asterisk/sounds/en_US_f_Allison";
    private const int SampleRate = 48_000;
    private const int PauseSamples = SampleRate * 15 / 100;

    private static readonly string[] s_numbers =
    [
        .. "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".Split(
            ' '
        ),
    ];

    private static readonly string[] s_letters =
    [
        .. "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey yankee zulu".Split(
            ' '
        ),
    ];

    /// <summary>All words that may be said.</summary>
    public static IReadOnlyList<string> Vocabulary { get; } = [.. s_numbers, .. s_letters];

    /// <summary>The same seed says the same.</summary>
    /// <exception cref="InvalidOperationException">The recordings are not installed.</exception>
    public static SpokenWords Say(int seed, TimeSpan length)
    {
        if (!Directory.Exists(Folder))
        {
            throw new InvalidOperationException(
                "The words are in the package asterisk-core-sounds-en-wav: './mcu setup bench' installs it."
            );
        }

        var random = new Random(seed);
        var words = new List<string>();
        var samples = new List<float>();
        while (samples.Count < length.TotalSeconds * SampleRate)
        {
            var word = Vocabulary[random.Next(Vocabulary.Count)];
            words.Add(word);
            samples.AddRange(WaveFile.Read(FileOf(word), SampleRate));
            samples.AddRange(new float[PauseSamples]);
        }

        return new SpokenWords(words, [.. samples]);
    }

    private static string FileOf(string word)
    {
        var number = Array.IndexOf(s_numbers, word);
        return number >= 0 ? $"{Folder}/digits/{number}.wav" : $"{Folder}/phonetic/{word[0]}_p.wav";
    }
}
