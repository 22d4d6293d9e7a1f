using System.Globalization;
using System.Net;
using Mcu.Media.Codecs;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Shouldly;

namespace Mcu.Server.Tests;

public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mcu-settings").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Defaults_serve_on_loopback_without_anything_set()
    {
        var options = Load([]).ShouldNotBeNull();
        options.Http.Single().OriginalString.ShouldBe("http://127.0.0.1:8080");
        options.MediaPort.ShouldBe(8189);
        options.IsOpen.ShouldBeTrue();
        options.Limits.Load.ShouldBe(75);
        (options.Conference.Width, options.Conference.Height, options.Conference.FramesPerSecond).ShouldBe((1280, 720, 30));
    }

    [Fact]
    public void Every_default_is_an_allowed_value()
    {
        var options = new McuOptions();
        foreach (var setting in Settings.All.Where(setting => setting.Show(options).Length > 0))
        {
            setting.TryApply(new McuOptions(), setting.Show(options)).ShouldBeTrue(setting.Key);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_least_and_the_most_that_is_allowed_makes_a_conference(int end)
    {
        var options = new McuOptions();
        foreach (var setting in Settings.All)
        {
            var numbers = setting.Allowed.Split(' ').Where(word => int.TryParse(word, CultureInfo.InvariantCulture, out _)).ToList();
            if (numbers.Count == 2)
            {
                setting.TryApply(options, numbers[end]).ShouldBeTrue(setting.Key);
            }
        }

        RoomServices.ToConference(options).Validate();
    }

    [Fact]
    public void Names_are_unique()
    {
        Settings.All.Select(setting => setting.Variable).ShouldBeUnique();
        Settings.All.Select(setting => setting.Key).ShouldBeUnique();
    }

    [Fact]
    public void A_higher_source_wins_over_a_lower_one()
    {
        File.WriteAllText(Path.Combine(_folder, "appsettings.json"), Json("1001", ""));
        Load([])!.MediaPort.ShouldBe(1001);

        var config = Path.Combine(_folder, "other.json");
        File.WriteAllText(config, Json("1002", """, "Conference": { "Layout": "speaker", "SelfView": true }"""));
        var fromFile = Load(["--config", config])!;
        fromFile.MediaPort.ShouldBe(1002);
        fromFile.Conference.Layout.ShouldBe(LayoutKind.Speaker);
        fromFile.Conference.SelfView.ShouldBeTrue();

        Load(["--config", config], ("MCU_MEDIA_PORT", "1003"))!.MediaPort.ShouldBe(1003);
        Load(["--config", config, "--media-port", "1004"], ("MCU_MEDIA_PORT", "1003"))!.MediaPort.ShouldBe(1004);
        Load(["--media-port=1005"], ("MCU_CONFIG", config))!.MediaPort.ShouldBe(1005);
    }

    [Fact]
    public void Lists_are_separated_by_commas_and_replaced_as_a_whole()
    {
        var options = Load(
            ["--announce", "203.0.113.7, 2001:db8::7"],
            ("MCU_CONFERENCE_VIDEO_CODECS", "h264"),
            ("MCU_ICE_SERVERS", "stun:stun.example.org:3478")
        )!;
        options.Announce.ShouldBe([IPAddress.Parse("203.0.113.7"), IPAddress.Parse("2001:db8::7")]);
        options.Conference.VideoCodecs.ShouldBe([VideoCodec.H264]);
        options.IceServers.ShouldBe(["stun:stun.example.org:3478"]);
    }

    [Theory]
    [InlineData("--media-port", "70000", "a whole number from 0 to 65535")]
    [InlineData("--media-port", "many", "a whole number from 0 to 65535")]
    [InlineData("--http", "8080", "http:// or https:// URLs")]
    [InlineData("--http", "http://example.com", "http:// or https:// URLs")]
    [InlineData("--http", "", "http:// or https:// URLs")]
    [InlineData("--announce", "my-host", "IP addresses")]
    [InlineData("--demo=perhaps", null, "true or false")]
    public void A_wrong_value_is_told_with_its_setting_and_what_is_allowed(string option, string? value, string allowed)
    {
        var error = Errors(value is null ? [option] : [option, value]).ShouldHaveSingleItem();
        error.ShouldContain(option.Split('=')[0]);
        error.ShouldContain(allowed);
    }

    [Theory]
    [InlineData("MCU_CONFERENCE_WIDTH", "300")]
    [InlineData("MCU_CONFERENCE_WIDTH", "1001")]
    [InlineData("MCU_CONFERENCE_FRAMES_PER_SECOND", "60")]
    [InlineData("MCU_CONFERENCE_LAYOUT", "default")]
    [InlineData("MCU_CONFERENCE_VIDEO_CODECS", "vp8,av1")]
    [InlineData("MCU_CONFERENCE_VIDEO_CODECS", "1")]
    [InlineData("MCU_LIMITS_LOAD", "101")]
    [InlineData("MCU_CORS_ORIGINS", "https://example.com/path")]
    [InlineData("MCU_ICE_SERVERS", "http://example.com")]
    public void A_wrong_variable_is_told_by_its_name(string variable, string value)
    {
        var error = Errors([], (variable, value)).ShouldHaveSingleItem();
        error.ShouldContain(variable);
        error.ShouldContain(value);
    }

    [Fact]
    public void A_short_secret_is_refused_without_showing_it()
    {
        var error = Errors([], ("MCU_API_KEY", "hunter2")).ShouldHaveSingleItem();
        error.ShouldContain("at least 16 characters");
        error.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Unknown_names_are_told_with_those_that_are_known()
    {
        Errors(["--port", "1"]).ShouldHaveSingleItem().ShouldStartWith("'--port' is not an option. Known: --http, --media-port");
        Errors([], ("MCU_PORT", "1")).ShouldHaveSingleItem().ShouldContain("MCU_MEDIA_PORT");
        File.WriteAllText(Path.Combine(_folder, "appsettings.json"), """{ "Mcu": { "Port": 1 } }""");
        Errors([]).ShouldHaveSingleItem().ShouldContain("MediaPort");
    }

    [Fact]
    public void All_errors_are_told_at_once() =>
        Errors(["--media-port", "x"], ("MCU_CONFERENCE_WIDTH", "1"), ("MCU_NO", "1")).Count.ShouldBe(3);

    [Fact]
    public void An_option_without_its_value_is_told() => Errors(["--http"]).ShouldHaveSingleItem().ShouldContain("--http needs a value");

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://192.0.2.1:8080")]
    [InlineData("http://127.0.0.1:8080,http://0.0.0.0:8081")]
    public void Listening_beyond_loopback_needs_both_secrets(string url)
    {
        var error = Errors(["--http", url]).ShouldHaveSingleItem();
        error.ShouldContain("MCU_API_KEY");
        error.ShouldContain("MCU_TOKEN_SECRET");
        Errors(["--http", url], ("MCU_API_KEY", RunningServer.ApiKey)).ShouldHaveSingleItem().ShouldNotContain("MCU_API_KEY");
        Load(["--http", url], ("MCU_API_KEY", RunningServer.ApiKey), ("MCU_TOKEN_SECRET", RunningServer.TokenSecret)).ShouldNotBeNull();
    }

    [Fact]
    public void Https_needs_a_certificate() =>
        Errors(["--http", "https://127.0.0.1:8443"]).ShouldHaveSingleItem().ShouldContain("MCU_TLS_CERTIFICATE");

    [Fact]
    public void Turn_needs_its_secret() =>
        Errors([], ("MCU_ICE_SERVERS", "turn:192.0.2.1")).ShouldHaveSingleItem().ShouldContain("MCU_TURN_SECRET");

    [Fact]
    public void A_file_that_is_missing_or_no_json_is_told()
    {
        Errors(["--config", Path.Combine(_folder, "none.json")]).ShouldHaveSingleItem().ShouldContain("not a file");
        File.WriteAllText(Path.Combine(_folder, "appsettings.json"), "{ oops");
        Errors([]).ShouldHaveSingleItem().ShouldContain("appsettings.json");
    }

    [Fact]
    public void Help_names_every_setting()
    {
        var help = CommandLine.Help();
        Settings.All.ShouldAllBe(setting => help.Contains(setting.Variable));
        CommandLine.AsksForHelp(["--media-port", "1", "--help"]).ShouldBeTrue();
    }

    private static string Json(string port, string more) => $$"""{ "Logging": {}, "Mcu": { "MediaPort": {{port}}{{more}} } }""";

    private McuOptions? Load(string[] arguments, params (string, string)[] environment)
    {
        SettingsLoader.TryLoad(Sources(arguments, environment), out var options, out _, out var errors);
        errors.ShouldBeEmpty();
        return options;
    }

    private IReadOnlyList<string> Errors(string[] arguments, params (string, string)[] environment)
    {
        SettingsLoader.TryLoad(Sources(arguments, environment), out _, out _, out var errors).ShouldBeFalse();
        return errors;
    }

    private SettingsSources Sources(string[] arguments, (string Name, string Value)[] environment) =>
        new(arguments, environment.ToDictionary(variable => variable.Name, variable => variable.Value), _folder);
}
