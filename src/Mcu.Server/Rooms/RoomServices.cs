using System.Net;
using Mcu.Codecs;
using Mcu.Media.Codecs;
using Mcu.Mixing.Video;
using Mcu.Sdp.Negotiation;
using Mcu.Server.Configuration;
using Mcu.Server.Demo;
using Mcu.Server.Recording;

namespace Mcu.Server.Rooms;

/// <summary>Where the rooms enter the host.</summary>
public static class RoomServices
{
    /// <summary>Registers <see cref="IRoomDirectory"/> and what it runs on.</summary>
    public static IServiceCollection AddRooms(this IServiceCollection services, McuOptions options)
    {
        services.AddSingleton<ICodecFactory>(_ => new NativeCodecFactory());
        services.AddSingleton(OpenMedia);
        services.AddSingleton(provider => ToConference(provider.GetRequiredService<McuOptions>()));
        services.AddSingleton<RoomDirectory>().AddSingleton<IRoomDirectory>(provider => provider.GetRequiredService<RoomDirectory>());
        services.AddSingleton<Recordings>().AddHostedService(provider => provider.GetRequiredService<Recordings>());
        if (options.Demo)
        {
            services.AddHostedService<DemoCast>();
        }

        return services;
    }

    /// <summary>Media listens where HTTP does: on loopback unless the server was told to listen beyond it or to announce an address.</summary>
    private static MediaHost OpenMedia(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<McuOptions>();
        var listen = options.ListensBeyondLoopback || options.Announce.Count > 0 ? IPAddress.Any : IPAddress.Loopback;
        var capabilities = new LocalCapabilities { Audio = options.Conference.AudioCodecs, Video = options.Conference.VideoCodecs };
        return new MediaHost(
            listen,
            options.MediaPort,
            options.Announce,
            capabilities,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MediaHost>>()
        );
    }

    /// <summary>The settings in the conference's words; what is allowed there is allowed here.</summary>
    internal static Mcu.Conference.ConferenceOptions ToConference(McuOptions options)
    {
        var wished = options.Conference;
        return new Mcu.Conference.ConferenceOptions
        {
            CanvasWidth = wished.Width,
            CanvasHeight = wished.Height,
            FramesPerSecond = wished.FramesPerSecond,
            VideoBitrateBps = wished.VideoKbps * 1000,
            AudioBitrateBps = wished.AudioKbps * 1000,
            MaxMixedSources = wished.Speakers,
            MaxVideoReduction = wished.MaxReduction,
            SelfView = wished.SelfView,
            Layout = RoomMapping.Layout(wished.Layout) ?? Mixing.Video.LayoutKind.Auto,
            MaxParticipants = options.Limits.ParticipantsPerRoom,
            Backdrop = BackdropOf(wished),
        };
    }

    private static Backdrop BackdropOf(Configuration.ConferenceOptions options)
    {
        var colour = Backdrop.DefaultColour;
        byte[] image = [];
        if (options.Background.StartsWith('#'))
        {
            var rgb = Convert.FromHexString(options.Background.AsSpan(1));
            colour = new RgbColor(rgb[0], rgb[1], rgb[2]);
        }
        else if (options.Background.Length > 0)
        {
            image = File.ReadAllBytes(options.Background);
        }

        var logo = options.Logo is null ? [] : File.ReadAllBytes(options.Logo);
        return Backdrop.TryCreate(colour, image, logo, out var backdrop)
            ? backdrop!
            : throw new IOException(
                "Conference:Logo or Conference:Background is not a PNG, JPEG or WebP picture of at most 4096 pixels a side."
            );
    }
}
