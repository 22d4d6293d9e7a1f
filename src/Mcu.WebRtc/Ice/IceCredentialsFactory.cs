using System.Text;
using Mcu.Sdp.Negotiation;

namespace Mcu.WebRtc.Ice;

/// <summary>Makes the ufrag and password of a new ICE generation.</summary>
public static class IceCredentialsFactory
{
    private const int UfragLength = 8;
    private const int PasswordLength = 24;

    // The 64 ice-chars of RFC 8839 section 5.4: six bits of randomness each.
    private static ReadOnlySpan<byte> IceChars => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    /// <summary>48 bits of ufrag, 144 bits of password (RFC 8445 section 5.3 asks for 24 and 128).</summary>
    public static IceCredentials Create(IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        Span<byte> bytes = stackalloc byte[UfragLength + PasswordLength];
        random.Fill(bytes);
        foreach (ref var value in bytes)
        {
            value = IceChars[value & 63];
        }

        return new IceCredentials(Encoding.ASCII.GetString(bytes[..UfragLength]), Encoding.ASCII.GetString(bytes[UfragLength..]));
    }
}

/// <summary>Credentials with the bytes that go over the wire, made once per generation.</summary>
internal sealed class IceSecrets(IceCredentials credentials)
{
    private readonly byte[] _ufrag = Encoding.ASCII.GetBytes(credentials.Ufrag);
    private readonly byte[] _password = Encoding.ASCII.GetBytes(credentials.Pwd);

    public IceCredentials Credentials => credentials;

    public ReadOnlySpan<byte> Ufrag => _ufrag;

    public ReadOnlySpan<byte> Password => _password;
}
