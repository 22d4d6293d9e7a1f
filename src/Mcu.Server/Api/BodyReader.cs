using System.Net.Mime;
using System.Text;

namespace Mcu.Server.Api;

/// <summary>Reads small text bodies.</summary>
internal static class BodyReader
{
    /// <summary>Largest body in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    public static string TooLarge { get; } = $"A body has at most {MaxBytes} bytes.";

    /// <summary>The media type of the body in small letters, without parameters; empty when there is none.</summary>
    public static string MediaTypeOf(HttpRequest request)
    {
        try
        {
            return request.ContentType is { } text ? new ContentType(text).MediaType.ToLowerInvariant() : "";
        }
        catch (FormatException)
        {
            return "";
        }
    }

    /// <summary>The body as text; null when it is too large.</summary>
    public static async ValueTask<string?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes)
        {
            return null;
        }

        var buffer = new byte[(int)(request.ContentLength ?? MaxBytes) + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= MaxBytes ? Encoding.UTF8.GetString(buffer, 0, length) : null;
    }
}
