using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Mcu.Server.Hosting;

/// <summary>The web client's files, from wwwroot beside the server: the page at / and /r/{room}, everything else by its path.</summary>
internal static class WebClient
{
    private const string NotBuilt = """
        <!doctype html><html lang="en"><meta charset="utf-8"><title>MCU</title>
        <h1>The web client is not built</h1>
        <p>Start the server with <code>./mcu run</code>, which builds it. The API works all the same: see <a href="/docs">/docs</a>.</p>
        </html>
        """;

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void UseWebClient(this WebApplication app)
    {
        var root = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        var page = Path.Combine(root, "index.html");
        if (!File.Exists(page))
        {
            app.MapGet("/", PageNotBuilt).ExcludeFromDescription();
            app.MapGet("/r/{room}", PageNotBuilt).ExcludeFromDescription();
            return;
        }

        app.UseStaticFiles(
            new StaticFileOptions { FileProvider = new PhysicalFileProvider(root), OnPrepareResponse = file => SetCaching(file.Context) }
        );
        app.MapMethods("/", Methods, context => PageAsync(context, page));
        app.MapMethods("/r/{room}", Methods, context => PageAsync(context, page));
    }

    /// <summary>The page names its script and style by their hashes, so it is asked for again each time.</summary>
    private static Task PageAsync(HttpContext context, string file)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.PhysicalFile(file, "text/html; charset=utf-8").ExecuteAsync(context);
    }

    private static IResult PageNotBuilt() =>
        TypedResults.Text(NotBuilt, "text/html", System.Text.Encoding.UTF8, StatusCodes.Status503ServiceUnavailable);

    /// <summary>Files under /assets bear a hash of their content in their name; all others are asked for again each time.</summary>
    private static void SetCaching(HttpContext context) =>
        context.Response.Headers[HeaderNames.CacheControl] = context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal)
            ? "public, max-age=31536000, immutable"
            : "no-cache";
}
