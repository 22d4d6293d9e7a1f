using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Conference.Audio;

// Who hears which encode: shared or his own, on which rung.
internal sealed partial class AudioStage
{
    /// <summary>
    /// Says which encode a participant hears in this tick: shared, or his own, in which quality. One that begins here goes on where the one
    /// is that he heard until now: before that encodes this tick, so that his decoder sees one stream.
    /// </summary>
    private void Direct(Participant participant, MediaTime time)
    {
        if ((_tick + participant.Number) % AudioReception.TicksPerLook == 0)
        {
            FollowNetwork(participant, time);
        }

        var inMix = participant.MixSlot >= 0 || IsHeldPrivate(participant, time);
        var changes = participant.NextAudioRung != participant.AudioRung && EndsPacket(participant);
        if (!inMix && !changes && !participant.HearsPrivately)
        {
            return;
        }

        if (participant.Leg.Media.ReceiveAudioCodec is not { } codec)
        {
            participant.HearsPrivately = false;
            return;
        }

        var heard = HeardBefore(participant, codec, time);
        if (changes)
        {
            participant.AudioRung = participant.NextAudioRung;
            participant.OwnEncodeUntil = heard is not null && MayBridge(participant, codec, time) ? time + PrivateHold : time;
        }

        _bridges += time < participant.OwnEncodeUntil ? 1 : 0;

        var replaced = participant.PrivateMix;
        participant.HearsPrivately = inMix || time < participant.OwnEncodeUntil;
        var next = participant.HearsPrivately ? PrivateMixOf(participant, codec) : SharedMixOf(participant, codec);
        if (heard is not null && heard != next && heard.Codec == codec && time - next.LastUsed > Tick)
        {
            Continue(next, heard, time);
        }

        if (replaced != participant.PrivateMix)
        {
            replaced?.Dispose();
        }
    }

    /// <summary>
    /// Whether a participant who changes to a rung gets his own encode for a moment, which begins where his decoder is and ends where the
    /// shared one is: a decoder that comes upon a stream that others hear already knows nothing of its past.
    /// </summary>
    private bool MayBridge(Participant participant, AudioCodec codec, MediaTime time) =>
        Math.Max(_bridges, _bridgesBefore) < MaxBridges
        && _shared.Of(codec, participant.AudioRung).Rendition is { } running
        && time - running.LastUsed <= Tick;

    private void FollowNetwork(Participant participant, MediaTime time)
    {
        var leg = participant.Leg;
        var media = leg.Media;
        var reception = participant.Reception;
        var before = reception.Redundancy;
        var takesRedundancy = media.ReceivesRedundantAudio && media.ReceiveAudioCodec == AudioCodec.Opus;
        reception.Update(leg.Network, takesRedundancy, savesData: false, time);
        participant.NextAudioRung = media.ReceiveAudioCodec == AudioCodec.Opus ? reception.Rung : _ladder.Top;
        if (reception.Redundancy != before || reception.Redundancy > 0)
        {
            leg.SetAudioRedundancy(reception.Redundancy);
        }
    }

    /// <summary>Whether a packet has just ended on both the rung that a participant is on and the one that he goes to.</summary>
    private bool EndsPacket(Participant participant) =>
        _tick % participant.AudioRung.Ticks == 0 && _tick % participant.NextAudioRung.Ticks == 0;

    /// <summary>The rendition that a participant's last packet came from; null where there was none lately.</summary>
    private AudioRendition? HeardBefore(Participant participant, AudioCodec codec, MediaTime time)
    {
        var heard = participant.HearsPrivately ? participant.PrivateMix : _shared.Of(codec, participant.AudioRung).Rendition;
        return heard is not null && time - heard.LastUsed <= Tick ? heard : null;
    }

    private AudioRendition PrivateMixOf(Participant participant, AudioCodec codec)
    {
        if (participant.PrivateMix is not { } mix || mix.Codec != codec || mix.Rung != participant.AudioRung)
        {
            participant.PrivateMix = Open(codec, participant.AudioRung);
        }

        return participant.PrivateMix!;
    }

    private AudioRendition SharedMixOf(Participant participant, AudioCodec codec) =>
        _shared.Of(codec, participant.AudioRung).Rendition ??= Open(codec, participant.AudioRung);

    private AudioRendition Open(AudioCodec codec, AudioRung rung) => new(_codecs, codec, rung, _options.AudioComplexity, _packets);

    /// <summary>While packets are handed on, the shared encoder knows nothing of what is heard.</summary>
    private void Continue(AudioRendition next, AudioRendition heard, MediaTime time)
    {
        if (_lone.IsForwarded && heard == _shared.Top.Rendition)
        {
            _ = SoundOf(time);
            next.Restart(_past);
        }
        else
        {
            next.Follow(heard);
        }
    }
}
