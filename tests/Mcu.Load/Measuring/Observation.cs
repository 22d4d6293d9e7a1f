using Mcu.Load.Clients;
using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Load.Measuring;

/// <summary>What some participants see from one moment to another. Begins with the constructor; all but the results is for the engine's thread.</summary>
internal sealed class Observation
{
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromMilliseconds(450); // the next marker follows after 500

    private readonly List<Participant> _participants;
    private readonly List<Participant> _watchers;
    private readonly MediaTime _since;

    public Observation(IEnumerable<Participant> participants, MediaTime now)
    {
        _participants = [.. participants];
        _watchers = [.. _participants.Where(participant => participant.Plan.ReceivesVideo.Count > 0)];
        _since = now;
        foreach (var participant in _participants)
        {
            participant.Sound.Reset(now);
            participant.Picture.Reset(now);
            participant.Ears?.Reset();
        }
    }

    /// <summary>Set by <see cref="End"/>, as those below.</summary>
    public SoundResult Sound { get; private set; } = new(0, 0, 0, 0);

    /// <summary>Null where nobody receives pictures.</summary>
    public PictureResult? Pictures { get; private set; }

    public IReadOnlyList<double> DelaysMs { get; private set; } = [];

    /// <summary>Lets the first and the last of those who receive a codec decode it.</summary>
    public List<Viewer> OpenEyes(ICodecFactory codecs, MediaTime until)
    {
        var viewers = new List<Viewer>();
        foreach (var group in _watchers.GroupBy(participant => participant.Plan.ReceivesVideo[0]))
        {
            foreach (var participant in new HashSet<Participant> { group.First(), group.Last() })
            {
                participant.Eyes?.Dispose();
                participant.Eyes = new Viewer(codecs, group.Key, until);
                viewers.Add(participant.Eyes);
            }
        }

        return viewers;
    }

    public bool End(MediaTime now)
    {
        var seconds = (now - _since).TotalSeconds;
        foreach (var participant in _participants)
        {
            participant.Sound.Close(now);
            participant.Picture.Close(now);
            participant.Eyes?.End();
        }

        var rates = Rates(_participants, participant => participant.Sound.Packets / seconds);
        Sound = new SoundResult(
            rates[0],
            rates[rates.Count / 2],
            _participants.Max(participant => participant.Sound.LongestSilence.TotalMilliseconds),
            _participants.Sum(participant => participant.Sound.Gaps + participant.Sound.Jumps + (participant.Ears?.Undecodable ?? 0))
        );
        Pictures = _watchers.Count == 0 ? null : Look(Rates(_watchers, participant => participant.Picture.Frames / seconds));
        DelaysMs = [.. Delays()];
        return true;
    }

    private static List<double> Rates(IEnumerable<Participant> participants, Func<Participant, double> rate) =>
        [.. participants.Select(rate).Order()];

    private PictureResult Look(List<double> rates) =>
        new(
            rates[0],
            rates[rates.Count / 2],
            _watchers.Max(participant => participant.Picture.LongestFreeze.TotalMilliseconds),
            _watchers.Sum(participant => participant.Picture.Gaps),
            Decoded: 0,
            Undecodable: 0,
            Sizes: []
        );

    /// <summary>Each marker sent, to the first one heard after it and before the next.</summary>
    private IEnumerable<double> Delays()
    {
        var sent = _participants.SelectMany(participant => participant.MarkersSent).Where(at => at >= _since).Order().ToList();
        foreach (var heard in _participants.Select(participant => participant.Ears?.Markers).OfType<List<MediaTime>>())
        {
            foreach (var marker in sent)
            {
                var arrival = heard.Find(at => at >= marker);
                if (arrival != default && arrival - marker < s_longestDelay)
                {
                    yield return (arrival - marker).TotalMilliseconds;
                }
            }
        }
    }
}
