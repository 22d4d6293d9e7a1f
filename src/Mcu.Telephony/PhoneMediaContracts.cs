using System.Net;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Rtcp;

namespace Mcu.Telephony;

/// <summary>What one call's media needs of its owner.</summary>
public sealed record PhoneMediaOptions
{
    public required LocalMedia Local { get; init; }

    /// <summary>What paths of RTP have as their <see cref="NetworkPath.Connection"/>; RTCP's is the other.</summary>
    public required uint RtpConnection { get; init; }

    public required uint RtcpConnection { get; init; }

    /// <summary>Where the call's signalling comes from: phones behind a NAT send their media from there, whatever their description says.</summary>
    public IPAddress? Signalling { get; init; }

    /// <summary>Draws 32 random bits (RFC 3550 section 8.1).</summary>
    public required Func<uint> Random { get; init; }

    /// <summary>Fills with random bytes that nobody can guess: keys.</summary>
    public required Action<Span<byte>> RandomBytes { get; init; }

    /// <summary>The wall clock of sender reports.</summary>
    public required NtpClock Clock { get; init; }

    /// <summary>Where datagrams to send are put.</summary>
    public required DatagramBatch Output { get; init; }
}

/// <summary>Takes what comes of a call's media. Called within its methods; packets are valid during the call only.</summary>
public interface IPhoneMediaHandler
{
    /// <summary>A packet of sound in the agreed codec. Reordering and duplicates are left in.</summary>
    void OnSound(in RtpPacket packet, MediaTime now);

    void OnSenderReport(in SenderInfo report, MediaTime now);

    /// <summary>A key was pressed: 0 to 9, *, #, A to D.</summary>
    void OnKey(char key, MediaTime now);
}
