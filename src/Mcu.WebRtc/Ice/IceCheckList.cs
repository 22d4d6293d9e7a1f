using Mcu.Media;
using Mcu.Media.Network;
using Mcu.WebRtc.Stun;

namespace Mcu.WebRtc.Ice;

/// <summary>
/// One ICE generation of a controlling agent: connectivity checks with retransmission (RFC 8445 section 7.2, RFC 8489 section 6.2.1),
/// regular nomination of the first pair that answers, then consent checks on it (RFC 7675 section 5.1).
/// </summary>
internal sealed class IceCheckList(IceSecrets local, IceSecrets remote, ulong tieBreaker, IRandomSource random)
{
    public const int MaxPairs = 16;

    /// <summary>Ta (RFC 8445 section 14.2): pause between the first checks of two pairs.</summary>
    private static readonly TimeSpan Pacing = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan FirstRetransmit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SlowestRetransmit = TimeSpan.FromSeconds(1.6);
    private static readonly TimeSpan ConsentInterval = TimeSpan.FromSeconds(5);

    /// <summary>The next consent check when one stays unanswered; each is a transaction of its own (RFC 7675 section 5.1).</summary>
    private static readonly TimeSpan ConsentRetry = TimeSpan.FromSeconds(1);

    // What a peer-reflexive candidate learned from this check is worth: type preference 110 (RFC 8445 sections 5.1.2.1, 7.1.1).
    private const uint PeerReflexivePriority = (110u << 24) | (65535u << 8) | 255u;

    private readonly List<IceCandidatePair> _pairs = new(MaxPairs);

    public IceCandidatePair? Selected { get; private set; }

    public MediaTime NextDeadline
    {
        get
        {
            var next = MediaTime.Never;
            foreach (var pair in _pairs)
            {
                next = IsDriven(pair) ? MediaTime.Min(next, pair.Due) : next;
            }

            return next;
        }
    }

    /// <summary>Adds a remote candidate; ignored when it is known already or the list is full.</summary>
    public void AddCandidate(in NetworkPath path, MediaTime now)
    {
        if (Find(path) is null && _pairs.Count < MaxPairs)
        {
            _pairs.Add(new IceCandidatePair(path, now + (Pacing * _pairs.Count)));
        }
    }

    public bool IsValid(in NetworkPath path) => Find(path) is { State: IcePairState.Valid or IcePairState.Nominated };

    public void Run(MediaTime now, DatagramBatch output)
    {
        foreach (var pair in _pairs)
        {
            if (IsDriven(pair) && pair.Due <= now)
            {
                Drive(pair, now, output);
            }
        }
    }

    /// <summary>Takes a response; false when it belongs to none of our transactions or its integrity is wrong.</summary>
    public bool Receive(in StunMessage response, in NetworkPath path, MediaTime now, DatagramBatch output)
    {
        // A response from elsewhere than the request went to is no proof of that path (RFC 8445 section 7.2.5.2.1).
        var pair = Find(path);
        if (pair is not { IsPending: true } || !response.TransactionId.SequenceEqual(pair.TransactionId))
        {
            return false;
        }

        if (response.Class == StunClass.ErrorResponse)
        {
            // The peer may not know our offer yet (401), so a refused pair is tried again, slowly.
            pair.IsPending = false;
            pair.Due = now + SlowestRetransmit;
            return true;
        }

        if (!response.VerifyIntegrity(remote.Password))
        {
            return false;
        }

        Answered(pair, now, output);
        return true;
    }

    private void Answered(IceCandidatePair pair, MediaTime now, DatagramBatch output)
    {
        pair.IsPending = false;
        pair.LastAnswer = now;
        if (pair.IsNominating)
        {
            pair.State = IcePairState.Nominated;
            Selected ??= pair;
            pair.Due = now + ConsentInterval * Jitter();
            return;
        }

        pair.State = IcePairState.Valid;
        if (Selected is null)
        {
            pair.RetransmitAfter = FirstRetransmit;
            SendNew(pair, now, output);
        }
    }

    /// <summary>Once a pair is selected, only it is checked on.</summary>
    private bool IsDriven(IceCandidatePair pair) => Selected is null || ReferenceEquals(pair, Selected);

    private void Drive(IceCandidatePair pair, MediaTime now, DatagramBatch output)
    {
        if (ReferenceEquals(pair, Selected))
        {
            SendNew(pair, now, output);
            pair.Due = now + ConsentRetry;
        }
        else if (pair.IsPending)
        {
            pair.RetransmitAfter = TimeSpan.FromTicks(Math.Min(pair.RetransmitAfter.Ticks * 2, SlowestRetransmit.Ticks));
            Send(pair, now, output);
        }
        else
        {
            pair.RetransmitAfter = FirstRetransmit;
            SendNew(pair, now, output);
        }
    }

    private void SendNew(IceCandidatePair pair, MediaTime now, DatagramBatch output)
    {
        random.Fill(pair.TransactionId);
        pair.IsPending = true;
        pair.IsNominating = pair.State != IcePairState.Checking;
        Send(pair, now, output);
    }

    private void Send(IceCandidatePair pair, MediaTime now, DatagramBatch output)
    {
        pair.Due = now + pair.RetransmitAfter;
        var writer = new StunWriter(output.Reserve(), StunClass.Request, pair.TransactionId);
        writer.AddUsername(remote.Ufrag, local.Ufrag);
        writer.AddUInt32(StunAttribute.Priority, PeerReflexivePriority);
        writer.AddUInt64(StunAttribute.IceControlling, tieBreaker);
        if (pair.IsNominating)
        {
            writer.AddFlag(StunAttribute.UseCandidate);
        }

        output.Commit(writer.Finish(remote.Password), pair.Path);
    }

    private IceCandidatePair? Find(in NetworkPath path)
    {
        foreach (var pair in _pairs)
        {
            if (pair.Path == path)
            {
                return pair;
            }
        }

        return null;
    }

    /// <summary>0.8 to 1.2, so that many agents do not check in step (RFC 7675 section 5.1).</summary>
    private double Jitter()
    {
        Span<byte> value = stackalloc byte[1];
        random.Fill(value);
        return 0.8 + (value[0] * (0.4 / byte.MaxValue));
    }
}
