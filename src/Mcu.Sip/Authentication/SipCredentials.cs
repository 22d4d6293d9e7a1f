namespace Mcu.Sip.Authentication;

/// <summary>Who we are to a server that asks.</summary>
/// <param name="UserName">The name to log in with.</param>
/// <param name="Password">Never logged, never sent.</param>
/// <param name="Realm">The only realm that is answered; any if null.</param>
public sealed record SipCredentials(string UserName, string Password, string? Realm = null)
{
    public override string ToString() => $"{UserName}{(Realm is null ? "" : "@" + Realm)}";
}
