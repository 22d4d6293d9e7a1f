namespace Mcu.WebRtc.Srtp;

/// <summary>What is remembered of one SSRC in one direction: which indices of it were used (its part of RFC 3711's cryptographic context).</summary>
internal sealed class SrtpSource(uint ssrc)
{
    private const long MaxRtpIndex = (1L << 48) - 1;
    private const long MaxRtcpIndex = (1L << 31) - 1;
    private const int HalfRange = 1 << 15;
    private const int Range = 1 << 16;

    public uint Ssrc { get; private set; } = ssrc;

    public ReplayWindow Rtp { get; } = new(MaxRtpIndex);

    public ReplayWindow Rtcp { get; } = new(MaxRtcpIndex);

    /// <summary>For the order of use; any unit.</summary>
    public long LastUsed { get; set; }

    /// <summary>
    /// The index that is meant by a sequence number: the one nearest to the highest so far (RFC 3711 section 3.3.1). Before any other, the
    /// rollover counter is 0. Negative for a sequence number before the beginning.
    /// </summary>
    public long EstimateRtpIndex(ushort sequence)
    {
        if (Rtp.Highest < 0)
        {
            return sequence;
        }

        var last = (int)(Rtp.Highest % Range);
        var rollover = Rtp.Highest - last;
        if (last < HalfRange)
        {
            rollover -= sequence - last > HalfRange ? Range : 0;
        }
        else
        {
            rollover += last - HalfRange > sequence ? Range : 0;
        }

        return rollover + sequence;
    }

    /// <summary>Forgets everything and begins for another SSRC.</summary>
    public void Restart(uint newSsrc)
    {
        Ssrc = newSsrc;
        Rtp.Clear();
        Rtcp.Clear();
        LastUsed = 0;
    }
}
