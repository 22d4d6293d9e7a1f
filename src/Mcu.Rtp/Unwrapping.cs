namespace Mcu.Rtp;

/// <summary>Extends 16-bit sequence numbers to 64 bits: each is taken as the one nearest to the last.</summary>
public struct SequenceUnwrapper
{
    private long _last;
    private bool _started;

    /// <summary>Extends a number and remembers it as the last.</summary>
    public long Unwrap(ushort sequence)
    {
        _last = Peek(sequence);
        _started = true;
        return _last;
    }

    /// <summary>Extends a number without remembering it. The first one seen stays as it is, plus 2^32, so that earlier ones are positive.</summary>
    public readonly long Peek(ushort sequence) => _started ? _last + (short)(sequence - (ushort)_last) : sequence + 0x1_0000_0000L;
}

/// <summary>Extends 32-bit RTP timestamps to 64 bits: each is taken as the one nearest to the last.</summary>
public struct TimestampUnwrapper
{
    private long _last;
    private bool _started;

    /// <summary>Extends a timestamp and remembers it as the last.</summary>
    public long Unwrap(uint timestamp)
    {
        _last = Peek(timestamp);
        _started = true;
        return _last;
    }

    /// <summary>Extends a timestamp without remembering it. The first one seen stays as it is, plus 2^32.</summary>
    public readonly long Peek(uint timestamp) => _started ? _last + (int)(timestamp - (uint)_last) : timestamp + 0x1_0000_0000L;
}
