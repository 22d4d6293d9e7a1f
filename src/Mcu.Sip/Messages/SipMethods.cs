namespace Mcu.Sip.Messages;

public static class SipMethods
{
    public const string Ack = "ACK";
    public const string Bye = "BYE";
    public const string Cancel = "CANCEL";
    public const string Info = "INFO";
    public const string Invite = "INVITE";
    public const string Message = "MESSAGE";
    public const string Notify = "NOTIFY";
    public const string Options = "OPTIONS";
    public const string Prack = "PRACK";
    public const string Publish = "PUBLISH";
    public const string Refer = "REFER";
    public const string Register = "REGISTER";
    public const string Subscribe = "SUBSCRIBE";
    public const string Update = "UPDATE";

    /// <summary>What we do ourselves, in the order of Allow.</summary>
    public static IReadOnlyList<string> Supported { get; } = [Invite, Ack, Cancel, Bye, Options, Prack, Update, Info, Refer, Notify];

    /// <summary>A method that some RFC defines, whether we do it or not.</summary>
    internal static bool IsKnown(string method) => Supported.Contains(method) || method is Message or Publish or Register or Subscribe;
}
