namespace Mcu.WebRtc;

/// <summary>Where all randomness of a session comes from: the system's generator in a server, a seeded one in a test.</summary>
public interface IRandomSource
{
    void Fill(Span<byte> bytes);
}
