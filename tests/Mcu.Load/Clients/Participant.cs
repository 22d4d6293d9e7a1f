using System.Net.Sockets;
using Mcu.Load.Clips;
using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Load.Clients;

/// <summary>
/// One participant of the load with a socket of its own, whatever server it talks to. Belongs to the thread of <see cref="LoadEngine"/>.
/// </summary>
internal abstract class Participant : IDisposable
{
    private int _soundIndex;

    protected Participant(ClientPlan plan, int number, ICodecFactory codecs)
    {
        Plan = plan;
        Number = number;
        Ears = plan.Listens ? new Listener(codecs) : null;
        // All say the same, but not at the same time.
        _soundIndex = number * 7;
        Socket.Blocking = false;
        Socket.ReceiveBufferSize = 256 * 1024;
    }

    public ClientPlan Plan { get; }

    public int Number { get; }

    public Socket Socket { get; } = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    public StreamCheck Sound { get; } = new() { TimestampStep = SoundClip.SamplesPerPacket };

    public StreamCheck Picture { get; } = new();

    /// <summary>When the markers it sent went out.</summary>
    public List<MediaTime> MarkersSent { get; } = [];

    public Listener? Ears { get; }

    /// <summary>Decodes the pictures for a while; set by who measures.</summary>
    public Viewer? Eyes { get; set; }

    /// <summary>When it asked to join, and when the server had answered.</summary>
    public MediaTime Asked { get; set; }

    public MediaTime Answered { get; set; }

    /// <summary>Media may flow both ways.</summary>
    public abstract bool IsConnected { get; }

    /// <summary>Its turn, every 20 ms: sends one packet of sound, and runs timers.</summary>
    public abstract void Turn(MediaTime now);

    /// <summary>Sends a picture when one is due; called every millisecond.</summary>
    public virtual void Film(MediaTime now) { }

    /// <summary>Takes one datagram of its socket; false when there was none.</summary>
    public bool Receive(Span<byte> buffer, MediaTime arrival)
    {
        var length = Socket.Receive(buffer, SocketFlags.None, out var error);
        if (error != SocketError.Success)
        {
            return false;
        }

        Take(buffer[..length], arrival);
        return true;
    }

    public virtual void Dispose()
    {
        Socket.Dispose();
        Ears?.Dispose();
        Eyes?.Dispose();
    }

    protected abstract void Take(Span<byte> datagram, MediaTime arrival);

    /// <summary>The next packet of its clip, which may be empty; notes markers as sent.</summary>
    protected SoundPacket NextSound(SoundClip clip, MediaTime now)
    {
        var packet = clip.Packets[_soundIndex++ % clip.Packets.Count];
        if (packet.IsMarker)
        {
            MarkersSent.Add(now);
        }

        return packet;
    }
}
