using System.Buffers.Binary;

namespace Mcu.Rtp.Rtcp;

/// <summary>What became of one packet.</summary>
/// <param name="Sequence">Transport-wide sequence number.</param>
/// <param name="Received">False if it had not arrived.</param>
/// <param name="Arrival">Time of arrival on the receiver's clock, which wraps with the 24-bit reference time (12.4 days); zero if not received.</param>
public readonly record struct PacketStatus(ushort Sequence, bool Received, TimeSpan Arrival);

/// <summary>
/// View of a transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1):
/// <c>foreach</c> gives each packet's status. A message whose chunks or deltas run out ends there.
/// </summary>
public readonly ref struct TransportFeedback
{
    internal const int FixedLength = 16;

    /// <summary>The unit of the reference time.</summary>
    internal const long ReferenceTicks = 64 * TimeSpan.TicksPerMillisecond;

    /// <summary>The unit of the deltas: 250 µs.</summary>
    internal const long DeltaTicks = TimeSpan.TicksPerMillisecond / 4;

    private readonly ReadOnlySpan<byte> _body;

    private TransportFeedback(FeedbackSources sources, ReadOnlySpan<byte> body)
    {
        Sources = sources;
        _body = body;
    }

    public FeedbackSources Sources { get; }

    public ushort BaseSequence => BinaryPrimitives.ReadUInt16BigEndian(_body[8..]);

    /// <summary>How many packets, from <see cref="BaseSequence"/> on, this is about.</summary>
    public ushort StatusCount => BinaryPrimitives.ReadUInt16BigEndian(_body[10..]);

    /// <summary>Signed 24 bits in units of 64 ms.</summary>
    public int ReferenceTime => BinaryPrimitives.ReadInt32BigEndian(_body[12..]) >> 8;

    /// <summary>Counts the feedback messages, so that the receiver of them sees losses.</summary>
    public byte FeedbackCount => _body[15];

    public static bool TryParse(in RtcpPacket packet, out TransportFeedback feedback)
    {
        feedback = default;
        if (
            !packet.Is(RtcpPacketType.TransportLayerFeedback, RtcpFormat.TransportFeedback)
            || packet.Body.Length < FixedLength
            || !FeedbackSources.TryRead(packet.Body, out var sources)
        )
        {
            return false;
        }

        var view = new TransportFeedback(sources, packet.Body);
        if (!view.TryFindDeltas(out _))
        {
            return false;
        }

        feedback = view;
        return true;
    }

    public Enumerator GetEnumerator()
    {
        TryFindDeltas(out var deltas);
        return new Enumerator(this, deltas);
    }

    /// <summary>Walks over the chunks to where the deltas begin.</summary>
    private bool TryFindDeltas(out int offset)
    {
        offset = FixedLength;
        for (var statuses = 0; statuses < StatusCount; offset += 2)
        {
            if (offset + 2 > _body.Length)
            {
                return false;
            }

            statuses += StatusChunk.Read(_body[offset..]).Count;
        }

        return true;
    }

    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _body;
        private readonly int _statusCount;
        private int _chunkOffset;
        private int _deltaOffset;
        private StatusChunk _chunk;
        private int _chunkLength;
        private int _inChunk;
        private int _index;
        private long _arrivalTicks;

        internal Enumerator(TransportFeedback feedback, int deltaOffset)
        {
            _body = feedback._body;
            _statusCount = feedback.StatusCount;
            _chunkOffset = FixedLength;
            _deltaOffset = deltaOffset;
            _arrivalTicks = feedback.ReferenceTime * ReferenceTicks;
        }

        public PacketStatus Current { get; private set; }

        public bool MoveNext()
        {
            if (_index >= _statusCount)
            {
                return false;
            }

            while (_inChunk >= _chunkLength)
            {
                _chunk = StatusChunk.Read(_body[_chunkOffset..]);
                _chunkLength = _chunk.Count;
                _chunkOffset += 2;
                _inChunk = 0;
            }

            var symbol = _chunk[_inChunk++];
            if (!TryReadDelta(symbol))
            {
                return false;
            }

            var received = symbol is StatusChunk.SmallDelta or StatusChunk.LargeDelta;
            var sequence = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_body[8..]) + _index++);
            Current = new PacketStatus(sequence, received, received ? new TimeSpan(_arrivalTicks) : TimeSpan.Zero);
            return true;
        }

        private bool TryReadDelta(int symbol)
        {
            var length =
                symbol == StatusChunk.SmallDelta ? 1
                : symbol == StatusChunk.LargeDelta ? 2
                : 0;
            if (_deltaOffset + length > _body.Length)
            {
                return false;
            }

            _arrivalTicks += length switch
            {
                1 => _body[_deltaOffset] * DeltaTicks,
                2 => BinaryPrimitives.ReadInt16BigEndian(_body[_deltaOffset..]) * DeltaTicks,
                _ => 0,
            };
            _deltaOffset += length;
            return true;
        }
    }
}
