using System.Buffers.Binary;
using System.Numerics;
using Mcu.Media;
using Mcu.Rtp.Rtcp;

namespace Mcu.Rtp.Receive;

/// <summary>
/// Records when each packet of a transport arrived and reports it to the sender
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3). One owner.
/// </summary>
/// <remarks>
/// The reports take a twentieth of what is received, the share of RTCP (RFC 3550 section 6.2), within bounds: 50 to 250 ms is what libwebrtc does.
/// Where the way back is narrow they are rarer. Who sends nothing needs no memory here, and who sends needs as much as is unreported.
/// </remarks>
/// <param name="shortest">Time between reports at high rates.</param>
/// <param name="longest">The same at low ones.</param>
public sealed class TransportFeedbackBuilder(TimeSpan shortest, TimeSpan longest)
{
    /// <summary>A report on a short interval with all headers around it.</summary>
    private const int ReportBytes = 68;
    private const int Share = 20;
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_rarest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_measured = TimeSpan.FromMilliseconds(500);

    private const int Window = 8192;
    private const int FirstLength = 256;
    private const int MaxStatuses = 1024;
    private const int MaxMessage = 1100;

    private MediaTime[] _arrivals = []; // by the low bits of the number
    private byte[] _symbols = [];
    private byte[] _message = [];
    private short[] _deltas = [];
    private SequenceUnwrapper _unwrapper;
    private long _next = -1; // first number not reported yet
    private long _highest = -1;
    private byte _feedbackCount;
    private long _bytes;
    private MediaTime _measuredFrom = MediaTime.Never;
    private TimeSpan _interval =
        s_first < shortest ? shortest
        : s_first > longest ? longest
        : s_first;

    /// <summary>Reports at one interval, whatever the rate.</summary>
    public TransportFeedbackBuilder(TimeSpan interval)
        : this(interval, interval) { }

    /// <summary>When the next report is due; <see cref="MediaTime.Never"/> if nothing arrived since the last.</summary>
    public MediaTime NextDeadline { get; private set; } = MediaTime.Never;

    /// <summary>The most that reports may take, bit/s; they come at least every half second.</summary>
    public double MostBps { get; set; } = double.PositiveInfinity;

    /// <summary>Takes the transport-wide number of a packet, and its length.</summary>
    public void OnPacket(ushort sequence, MediaTime arrival, int bytes = 0)
    {
        Measure(bytes, arrival);
        var unwrapped = _unwrapper.Unwrap(sequence);
        if (_highest < 0 || unwrapped > _highest + Window || unwrapped <= _highest - Window)
        {
            Restart(unwrapped); // the first packet, or a sender that started anew
        }

        MakeRoom(unwrapped);
        if (unwrapped > _highest)
        {
            ForgetFrom(_highest + 1, unwrapped);
            _highest = unwrapped;
            _next = Math.Max(_next, _highest - Window + 1);
        }
        else if (Arrival(unwrapped) != MediaTime.Never)
        {
            return; // a duplicate
        }

        Arrival(unwrapped) = arrival;
        _next = Math.Min(_next, unwrapped); // one that was reported as missing is reported again
        NextDeadline = MediaTime.Min(NextDeadline, arrival + Interval);
    }

    /// <summary>
    /// Adds a report if one is due and fits. Call again while it returns true: a long or uneven interval takes more than one.
    /// </summary>
    public bool TryWrite(MediaTime now, FeedbackSources sources, ref RtcpWriter writer)
    {
        if (now < NextDeadline || _next > _highest)
        {
            return false;
        }

        var length = Encode(sources, out var statuses);
        if (!writer.TryAddTransportFeedback(_message.AsSpan(0, length)))
        {
            return false;
        }

        _feedbackCount++;
        _next += statuses;
        if (_next > _highest)
        {
            NextDeadline = MediaTime.Never;
        }

        return true;
    }

    private TimeSpan Interval
    {
        get
        {
            var least = TimeSpan.FromSeconds(Math.Min(ReportBytes * 8 / MostBps, s_rarest.TotalSeconds));
            return _interval > least ? _interval : least;
        }
    }

    private void Measure(int bytes, MediaTime arrival)
    {
        _bytes += bytes;
        if (_measuredFrom == MediaTime.Never)
        {
            _measuredFrom = arrival;
        }
        else if (arrival - _measuredFrom >= s_measured)
        {
            var interval = (arrival - _measuredFrom) * (ReportBytes * Share / (double)Math.Max(_bytes, 1));
            _interval =
                interval < shortest ? shortest
                : interval > longest ? longest
                : interval;
            _measuredFrom = arrival;
            _bytes = 0;
        }
    }

    private ref MediaTime Arrival(long sequence) => ref _arrivals[sequence & (_arrivals.Length - 1)];

    /// <summary>Grows until everything that is not reported yet has a place of its own.</summary>
    private void MakeRoom(long sequence)
    {
        var span = Math.Min(Math.Max(_highest, sequence) - Math.Min(_next, sequence) + 1, Window);
        if (span <= _arrivals.Length)
        {
            return;
        }

        var before = _arrivals;
        _arrivals = new MediaTime[Math.Max(FirstLength, (int)BitOperations.RoundUpToPowerOf2((uint)span))];
        _arrivals.AsSpan().Fill(MediaTime.Never);
        if (before.Length == 0)
        {
            _symbols = new byte[MaxStatuses];
            _message = new byte[MaxMessage];
            _deltas = new short[MaxStatuses];
        }

        for (var known = Math.Max(0, _highest - before.Length + 1); known <= _highest && before.Length > 0; known++)
        {
            Arrival(known) = before[known & (before.Length - 1)];
        }
    }

    private void Restart(long sequence)
    {
        _arrivals.AsSpan().Fill(MediaTime.Never);
        _next = sequence;
        _highest = sequence - 1;
    }

    private void ForgetFrom(long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            Arrival(sequence) = MediaTime.Never;
        }
    }

    private int Encode(FeedbackSources sources, out int statuses)
    {
        var first = _next;
        while (Arrival(first) == MediaTime.Never)
        {
            first++;
        }

        var reference = Arrival(first).Ticks / TransportFeedback.ReferenceTicks;
        statuses = Collect(reference * TransportFeedback.ReferenceTicks);
        var message = _message.AsSpan();
        BinaryPrimitives.WriteUInt32BigEndian(message, sources.Sender);
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], sources.Media);
        BinaryPrimitives.WriteUInt16BigEndian(message[8..], (ushort)_next);
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], (ushort)statuses);
        BinaryPrimitives.WriteUInt32BigEndian(message[12..], (uint)(reference << 8) | _feedbackCount);
        var length = TransportFeedback.FixedLength;
        for (var i = 0; i < statuses; length += 2)
        {
            i += StatusChunk.Pack(_symbols.AsSpan(i, statuses - i), out var chunk);
            BinaryPrimitives.WriteUInt16BigEndian(message[length..], chunk);
        }

        length += WriteDeltas(message[length..], statuses);
        while (length % 4 != 0)
        {
            message[length++] = 0;
        }

        return length;
    }

    /// <summary>
    /// Fills in symbols and deltas from <see cref="_next"/> on, until everything is told, the message is full,
    /// or two arrivals lie further apart than 16 bits can say.
    /// </summary>
    private int Collect(long referenceTicks)
    {
        var last = referenceTicks / TransportFeedback.DeltaTicks;
        var count = 0;
        var deltaBytes = 0;
        for (var sequence = _next; sequence <= _highest && count < MaxStatuses; sequence++, count++)
        {
            // The worst packing takes one 16-bit chunk for 7 symbols.
            if (TransportFeedback.FixedLength + deltaBytes + 2 + (((count / 7) + 1) * 2) + 3 > MaxMessage)
            {
                break;
            }

            var arrival = Arrival(sequence);
            if (arrival == MediaTime.Never)
            {
                _symbols[count] = StatusChunk.NotReceived;
                continue;
            }

            var units = arrival.Ticks / TransportFeedback.DeltaTicks;
            var delta = units - last;
            if (delta is < short.MinValue or > short.MaxValue)
            {
                break;
            }

            last = units;
            _deltas[count] = (short)delta;
            _symbols[count] = delta is >= 0 and <= byte.MaxValue ? (byte)StatusChunk.SmallDelta : (byte)StatusChunk.LargeDelta;
            deltaBytes += _symbols[count];
        }

        return count;
    }

    private int WriteDeltas(Span<byte> target, int statuses)
    {
        var length = 0;
        for (var i = 0; i < statuses; i++)
        {
            if (_symbols[i] == StatusChunk.SmallDelta)
            {
                target[length++] = (byte)_deltas[i];
            }
            else if (_symbols[i] == StatusChunk.LargeDelta)
            {
                BinaryPrimitives.WriteInt16BigEndian(target[length..], _deltas[i]);
                length += 2;
            }
        }

        return length;
    }
}
