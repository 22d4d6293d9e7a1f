using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Conference.Audio;

/// <summary>
/// Says in which ticks the mix is the packet of the one who is audible, handed on as it came instead of decoded and encoded anew. It begins
/// only where what was heard before is silent or quiet, so that the change is not heard, and ends in the tick in which anything else is to be heard.
/// </summary>
internal sealed class LoneVoice
{
    /// <summary>The longest packet that is handed on: words begin with packets several times the usual length.</summary>
    private const int MaxPayload = UndecodedPayloads.MaxBytes;

    /// <summary>64 kbit/s on average: no listener gets much more than the mix has otherwise.</summary>
    private const double MaxAverage = 160;

    /// <summary>After so many ticks of silence nothing is left in the limiter, nor in the overlap of frames.</summary>
    private const int SilentTicks = 2;

    /// <summary>So many ticks the voice must have been quiet.</summary>
    private const int QuietTicks = 5;

    /// <summary>Quieter than this (-dBov) a change is not heard.</summary>
    private const int QuietLevel = 50;

    private readonly byte[] _payload = new byte[MaxPayload];
    private int _length;
    private double _average; // bytes of a packet, over about a second
    private int _silentTicks = SilentTicks; // nobody heard anything before the first tick
    private int _quietTicks;
    private bool _mayForward;
    private AudioSource? _alone;
    private AudioSource? _before; // whose packet was the last tick's mix
    private AudioSource? _forwarded; // whose packet is this tick's

    public bool IsForwarded => _forwarded is not null;

    /// <summary>The last tick was a packet handed on, and this one is not.</summary>
    public bool HasEnded => _before is not null && _forwarded is null;

    /// <summary>Whose packet is this tick's mix, or null.</summary>
    public AudioSource? Forwarded => _forwarded;

    /// <summary>This tick's mix.</summary>
    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _length);

    /// <param name="alone">Who is audible, if it is exactly one.</param>
    public void Begin(AudioSource? alone, List<Participant> participants, MediaTime time)
    {
        (_before, _forwarded) = (_forwarded, null);
        if (alone != _alone)
        {
            _average = 0;
        }

        var isQuiet = alone is not null && alone == _alone && alone.Level > QuietLevel;
        _quietTicks = isQuiet ? Math.Min(_quietTicks + 1, QuietTicks) : 0;
        _alone = alone;
        var isUnheard = _silentTicks == SilentTicks || _quietTicks == QuietTicks;
        var isFit = alone is not null && (alone == _before || isUnheard) && _average <= MaxAverage;
        _mayForward = isFit && AllTakeOpus(alone!, participants, time);
    }

    /// <summary>Takes the packet of this tick; false where its samples are needed.</summary>
    public bool TryTake(AudioSource source, MediaTime now, MediaTime time)
    {
        if (!_mayForward || !source.TryForward(now, time, _payload, out _length))
        {
            return false;
        }

        _average += (_length - _average) / 50;
        _forwarded = source;
        return true;
    }

    /// <summary>Notes what the samples of this tick's mix are.</summary>
    public void End(ReadOnlySpan<float> mix)
    {
        var isSilent = !IsForwarded && !mix.ContainsAnyExcept(0f);
        _silentTicks = isSilent ? Math.Min(_silentTicks + 1, SilentTicks) : 0;
    }

    /// <summary>What listeners heard last, where the voice that was handed on until then goes on in this tick; otherwise empty.</summary>
    public ReadOnlySpan<float> PastOf(MediaTime time) => _before is null ? default : _before.PastOf(time);

    private static bool AllTakeOpus(AudioSource alone, List<Participant> participants, MediaTime time)
    {
        foreach (var participant in participants)
        {
            var codec = participant.Leg.Media.ReceiveAudioCodec;
            var isListener = codec is not null && participant.Microphone != alone;
            if (isListener && (codec != AudioCodec.Opus || AudioStage.IsHeldPrivate(participant, time)))
            {
                return false;
            }
        }

        return true;
    }
}
