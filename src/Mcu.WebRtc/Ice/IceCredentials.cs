using System.Text;

namespace Mcu.WebRtc.Ice;

/// <summary>The ufrag and password of one side in one ICE generation (RFC 8445 section 5.3, syntax in RFC 8839 section 5.4).</summary>
public sealed class IceCredentials
{
    public const int MaxLength = 256;

    private const int MinUfragLength = 4;
    private const int MinPasswordLength = 22;
    private const int NewUfragLength = 8;
    private const int NewPasswordLength = 24;

    // 64 ice-chars: six bits of randomness each.
    private static ReadOnlySpan<byte> IceChars => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    private readonly byte[] _ufragBytes;
    private readonly byte[] _passwordBytes;

    /// <exception cref="ArgumentException">A part is too short, too long or not made of ice-chars.</exception>
    public IceCredentials(string ufrag, string password)
    {
        Ufrag = Checked(ufrag, MinUfragLength, nameof(ufrag));
        Password = Checked(password, MinPasswordLength, nameof(password));
        _ufragBytes = Encoding.ASCII.GetBytes(ufrag);
        _passwordBytes = Encoding.ASCII.GetBytes(password);
    }

    public string Ufrag { get; }

    public string Password { get; }

    internal ReadOnlySpan<byte> UfragBytes => _ufragBytes;

    internal ReadOnlySpan<byte> PasswordBytes => _passwordBytes;

    /// <summary>New credentials: 48 bits of ufrag, 144 bits of password.</summary>
    public static IceCredentials Create(IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        Span<byte> bytes = stackalloc byte[NewUfragLength + NewPasswordLength];
        random.Fill(bytes);
        foreach (ref var value in bytes)
        {
            value = IceChars[value & 63];
        }

        return new IceCredentials(Encoding.ASCII.GetString(bytes[..NewUfragLength]), Encoding.ASCII.GetString(bytes[NewUfragLength..]));
    }

    /// <summary>Whether both stand for the same ICE generation; different ones mean an ICE restart (RFC 8839 section 4.4.1.1.1).</summary>
    public bool IsSameAs(IceCredentials? other) => other is not null && Ufrag == other.Ufrag && Password == other.Password;

    public override string ToString() => Ufrag;

    private static string Checked(string value, int minLength, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        if (value.Length < minLength || value.Length > MaxLength)
        {
            throw new ArgumentException($"Must have {minLength} to {MaxLength} characters, has {value.Length}.", name);
        }

        foreach (var character in value)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not '+' and not '/')
            {
                throw new ArgumentException("Must be made of letters, digits, '+' and '/'.", name);
            }
        }

        return value;
    }
}
