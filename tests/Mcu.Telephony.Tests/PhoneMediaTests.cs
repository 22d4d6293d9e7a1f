using System.Net;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.WebRtc.Srtp;
using Shouldly;
using Xunit;

namespace Mcu.Telephony.Tests;

/// <summary>Where media goes and whose is taken.</summary>
public sealed class PhoneMediaTests : IPhoneMediaHandler, IDisposable
{
    private const uint Rtp = 7;
    private const uint Rtcp = 8;
    private static readonly IPAddress s_proxy = IPAddress.Parse("203.0.113.9");

    private readonly DatagramBatch _output = new();
    private readonly PhoneMedia _media;
    private readonly PacketizedFramePool _frames = new(BufferPool.Shared);
    private readonly List<(byte PayloadType, int Bytes)> _sound = [];
    private string _keys = "";
    private uint _random = 1;
    private ushort _sequence;
    private MediaTime _now = MediaTime.FromMilliseconds(1000);

    public PhoneMediaTests() =>
        _media = new PhoneMedia(
            new PhoneMediaOptions
            {
                Local = new LocalMedia(IPAddress.Loopback, 10_000, [AudioCodec.Pcmu, AudioCodec.Opus]),
                RtpConnection = Rtp,
                RtcpConnection = Rtcp,
                Signalling = s_proxy,
                Random = () => _random++,
                RandomBytes = static bytes => bytes.Fill(7),
                Clock = new NtpClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
                Output = _output,
            },
            this
        );

    private static NetworkPath Path(string endPoint, uint connection = Rtp) =>
        NetworkPath.Udp(IPEndPoint.Parse(endPoint)) with
        {
            Connection = connection,
        };

    private void Agree(string direction = "sendrecv", string protocol = "RTP/AVP", string more = "")
    {
        SessionDescription
            .TryParse(
                $"v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 {protocol} 0 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n{more}",
                out var offer,
                out _
            )
            .ShouldBeTrue();
        _media.TryAnswer(offer!, _now, out _, out var problem).ShouldBeTrue(problem);
    }

    private void Hear(string from, byte payloadType = 0, byte[]? payload = null, uint source = 99, uint? timestamp = null)
    {
        payload ??= new byte[160];
        var bytes = new byte[1500];
        var writer = new RtpWriter(bytes, new RtpHeader(payloadType, false, _sequence, timestamp ?? (uint)(_sequence * 160), source));
        var start = writer.EndHeader();
        payload.CopyTo(bytes, start);
        _sequence++;
        _media.Receive(bytes.AsSpan(0, start + payload.Length), Path(from), _now);
        _now += TimeSpan.FromMilliseconds(20);
    }

    /// <summary>Where a frame of ours goes; null if nowhere.</summary>
    private NetworkPath? Send()
    {
        _output.Clear();
        var frame = new AudioPacketizer(_frames).Packetize(new byte[160], _now);
        _media.Send(frame, _now);
        frame.Release();
        return _output.Count == 0 ? null : _output.Entries[0].Path;
    }

    [Fact]
    public void Before_anything_comes_media_goes_where_the_description_says()
    {
        Send().ShouldBeNull();
        Agree();
        Send().ShouldBe(Path("192.0.2.7:4000"));
    }

    [Fact]
    public void Then_it_goes_to_where_media_comes_from_also_behind_a_nat()
    {
        Agree();
        Hear("203.0.113.9:31000");
        _sound.Count.ShouldBe(1);
        Send().ShouldBe(Path("203.0.113.9:31000"));
    }

    [Fact]
    public void A_stranger_is_not_heard_and_draws_nothing_to_himself()
    {
        Agree();
        Hear("198.51.100.66:4000");
        _sound.ShouldBeEmpty();
        _media.Strangers.ShouldBe(1);
        Send().ShouldBe(Path("192.0.2.7:4000"));
    }

    [Fact]
    public void A_second_source_of_the_same_host_takes_over_only_after_the_first_fell_silent()
    {
        Agree();
        Hear("192.0.2.7:4000");
        Hear("192.0.2.7:5000");
        Send().ShouldBe(Path("192.0.2.7:4000"));
        _now += TimeSpan.FromSeconds(1);
        Hear("192.0.2.7:5000");
        Send().ShouldBe(Path("192.0.2.7:5000"));
    }

    [Fact]
    public void What_was_not_agreed_is_no_sound_but_a_sign_of_life()
    {
        Agree();
        Hear("192.0.2.7:4000", payloadType: 13, payload: [60]);
        _sound.ShouldBeEmpty();
        _media.Strangers.ShouldBe(0);
    }

    [Fact]
    public void Keys_are_told_once()
    {
        Agree();
        Hear("192.0.2.7:4000", 101, [5, 10, 0, 160]);
        Hear("192.0.2.7:4000");
        _keys.ShouldBe("5");
        _sound.Count.ShouldBe(1);
    }

    [Fact]
    public void Keys_of_a_source_of_their_own_between_packets_of_sound_are_told_once_and_leave_the_sound_alone()
    {
        Agree();
        Hear("192.0.2.7:4000");
        var sound = _media.Receiving;
        for (ushort update = 1; update <= 8; update++)
        {
            Hear("192.0.2.7:4000", 101, [5, (byte)(update > 5 ? 0x8A : 10), 0, 160], source: 7, timestamp: 90_000);
            Hear("192.0.2.7:4000");
        }

        _keys.ShouldBe("5");
        _sound.Count.ShouldBe(9);
        _media.Receiving.ShouldBe(sound);
        sound!.Statistics.Received.ShouldBe(9u);
    }

    [Fact]
    public void With_keys_only_what_was_made_with_them_is_heard_and_what_is_sent_opens_with_ours()
    {
        var theirs = new byte[30];
        Array.Fill(theirs, (byte)3);
        var ours = new byte[30];
        Array.Fill(ours, (byte)7);
        using var phone = new SrtpSession(SrtpProfile.Aes128CmHmacSha1Length80, theirs, ours);
        Agree(protocol: "RTP/SAVP", more: $"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{Convert.ToBase64String(theirs)}\r\n");

        Hear("192.0.2.7:4000"); // in the clear
        _sound.ShouldBeEmpty();
        _media.Strangers.ShouldBe(1);

        var bytes = new byte[1500];
        var writer = new RtpWriter(bytes, new RtpHeader(0, false, 7, 1600, 99));
        var length = phone.ProtectRtp(bytes, writer.EndHeader() + 160);
        _media.Receive(bytes.AsSpan(0, length), Path("192.0.2.7:4000"), _now);
        _sound.ShouldHaveSingleItem().Bytes.ShouldBe(160);

        Send().ShouldBe(Path("192.0.2.7:4000"));
        var sent = _output.BytesOf(_output.Entries[0]).ToArray();
        phone.UnprotectRtp(sent).ShouldBe(12 + 160);
    }

    [Fact]
    public void On_hold_nothing_is_sent()
    {
        Agree();
        Hear("192.0.2.7:4000");
        Agree("inactive");
        Send().ShouldBeNull();
        Agree();
        Send().ShouldBe(Path("192.0.2.7:4000"));
    }

    [Fact]
    public void Reports_go_to_the_next_port_and_a_goodbye_ends_them()
    {
        Agree();
        Hear("192.0.2.7:4000");
        Send();
        _output.Clear();
        _now = _media.NextDeadline;
        _media.Run(_now);
        var report = _output.Entries[0];
        report.Path.ShouldBe(Path("192.0.2.7:4001", Rtcp));
        RtpDemux.IsRtcp(_output.BytesOf(report)).ShouldBeTrue();
        _media.NextDeadline.ShouldBeInRange(_now + TimeSpan.FromSeconds(2), _now + TimeSpan.FromSeconds(8));

        _output.Clear();
        _media.Close(_now);
        _output.Count.ShouldBe(1);
        _media.NextDeadline.ShouldBe(MediaTime.Never);
    }

    [Fact]
    public void Garbage_is_survived()
    {
        Agree();
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(0, 60)];
            random.NextBytes(bytes);
            _media.Receive(bytes, Path("192.0.2.7:4000", i % 2 == 0 ? Rtp : Rtcp), _now);
        }

        Hear("192.0.2.7:4000");
        _sound.ShouldNotBeEmpty();
    }

    void IPhoneMediaHandler.OnSound(in RtpPacket packet, MediaTime now) => _sound.Add((packet.PayloadType, packet.Payload.Length));

    void IPhoneMediaHandler.OnSenderReport(in SenderInfo report, MediaTime now) { }

    void IPhoneMediaHandler.OnKey(char key, MediaTime now) => _keys += key;

    public void Dispose() => _media.Dispose();
}
