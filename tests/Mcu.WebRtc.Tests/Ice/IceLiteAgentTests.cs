using System.Text;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Ice;
using Mcu.WebRtc.Stun;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Ice;

public sealed class IceLiteAgentTests
{
    private static readonly byte[] Transaction = Enumerable.Range(1, 12).Select(i => (byte)i).ToArray();

    private readonly DatagramBatch _output = new();
    private readonly IceLiteAgent _agent = new(new IceCredentials("serverufrag", "serverpasswordserverpassword"));
    private MediaTime _now = MediaTime.Zero;

    private delegate void AddAttributes(ref StunWriter writer);

    [Fact]
    public void A_check_is_answered_with_the_address_it_came_from()
    {
        Check(IceWorld.Home);

        _output.Count.ShouldBe(1);
        _output.Entries[0].Path.ShouldBe(IceWorld.Home);
        StunMessage.TryParse(_output.BytesOf(_output.Entries[0]), out var response).ShouldBeTrue();
        response.Class.ShouldBe(StunClass.SuccessResponse);
        response.TransactionId.SequenceEqual(Transaction).ShouldBeTrue();
        response.TryGetXorMappedAddress(out var mapped).ShouldBeTrue();
        mapped.ShouldBe(IceWorld.Home);
        response.VerifyIntegrity("serverpasswordserverpassword"u8).ShouldBeTrue();
        response.HasFingerprint.ShouldBeTrue();
    }

    [Fact]
    public void A_check_alone_makes_a_path_valid_but_does_not_select_it()
    {
        Check(IceWorld.Home);
        _agent.IsValid(IceWorld.Home).ShouldBeTrue();
        _agent.SelectedPath.ShouldBeNull();
        _agent.State.ShouldBe(IceState.Waiting);
    }

    [Fact]
    public void Nomination_moves_from_path_to_path()
    {
        Check(IceWorld.Home, nominate: true);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
        Check(IceWorld.Mobile);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
        Check(IceWorld.Mobile, nominate: true);
        _agent.SelectedPath.ShouldBe(IceWorld.Mobile);
        Check(IceWorld.Home);
        Check(IceWorld.Home, nominate: true);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
    }

    [Fact]
    public void A_peer_that_nominates_in_every_check_does_not_make_the_path_flap()
    {
        Check(IceWorld.Home, nominate: true);
        Check(IceWorld.Mobile, nominate: true);
        for (var i = 0; i < 10; i++)
        {
            Check(IceWorld.Home, nominate: true);
            _agent.SelectedPath.ShouldBe(IceWorld.Mobile);
            Check(IceWorld.Mobile, nominate: true);
        }
    }

    [Fact]
    public void A_peer_that_comes_back_to_a_path_it_nominated_before_is_followed_once_the_other_is_silent()
    {
        Check(IceWorld.Home, nominate: true);
        Check(IceWorld.Mobile, nominate: true);
        Run(6.9);
        Check(IceWorld.Home, nominate: true);
        _agent.SelectedPath.ShouldBe(IceWorld.Mobile);
        Run(7);
        Check(IceWorld.Home, nominate: true);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
        _agent.State.ShouldBe(IceState.Connected);
    }

    [Fact]
    public void A_wrong_password_gets_401_and_no_path()
    {
        Check(IceWorld.Home, nominate: true, password: "wrongpasswordwrongpassword");
        ErrorCode().ShouldBe(401);
        _agent.IsValid(IceWorld.Home).ShouldBeFalse();
    }

    [Fact]
    public void An_unknown_ufrag_gets_401()
    {
        Check(IceWorld.Home, ufrag: "somebody");
        ErrorCode().ShouldBe(401);
    }

    [Fact]
    public void A_request_without_integrity_gets_400()
    {
        Check(IceWorld.Home, password: "");
        ErrorCode().ShouldBe(400);
    }

    [Fact]
    public void An_unknown_required_attribute_gets_420_with_its_number()
    {
        Check(IceWorld.Home, nominate: true, add: static (ref writer) => writer.AddUInt32((StunAttribute)0x0099, 1));
        ErrorCode().ShouldBe(420);
        StunMessage.TryParse(_output.BytesOf(_output.Entries[0]), out var response).ShouldBeTrue();
        response.TryGet(StunAttribute.UnknownAttributes, out var types).ShouldBeTrue();
        Convert.ToHexString(types).ShouldBe("0099");
        _agent.SelectedPath.ShouldBeNull();
    }

    [Fact]
    public void A_peer_that_thinks_it_is_controlled_gets_487_and_takes_the_other_role()
    {
        Check(IceWorld.Home, nominate: true, add: static (ref writer) => writer.AddUInt64(StunAttribute.IceControlled, 5));
        ErrorCode().ShouldBe(487);
        _agent.SelectedPath.ShouldBeNull();
        Check(IceWorld.Home, nominate: true);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
    }

    [Fact]
    public void Indications_and_responses_are_not_answered()
    {
        Check(IceWorld.Home, messageClass: StunClass.Indication);
        Check(IceWorld.Home, messageClass: StunClass.SuccessResponse);
        _output.Count.ShouldBe(0);
    }

    [Fact]
    public void Consent_ends_thirty_seconds_after_the_last_check_and_is_announced_by_deadlines()
    {
        Check(IceWorld.Home, nominate: true);
        _agent.NextDeadline.ShouldBe(MediaTime.FromMilliseconds(7000));
        Run(7);
        _agent.State.ShouldBe(IceState.Disconnected);
        _agent.NextDeadline.ShouldBe(MediaTime.FromMilliseconds(30_000));
        Run(29.999);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
        Run(30);
        _agent.State.ShouldBe(IceState.Failed);
        _agent.SelectedPath.ShouldBeNull();
        _agent.NextDeadline.ShouldBe(MediaTime.Never);
    }

    [Fact]
    public void Checks_with_a_wrong_password_are_no_consent()
    {
        Check(IceWorld.Home, nominate: true);
        _now = MediaTime.FromMilliseconds(20_000);
        Check(IceWorld.Home, nominate: true, password: "wrongpasswordwrongpassword");
        Run(30);
        _agent.State.ShouldBe(IceState.Failed);
    }

    [Fact]
    public void The_old_generation_counts_until_the_new_one_is_nominated_and_not_after()
    {
        Check(IceWorld.Home, nominate: true);
        _agent.Restart(new IceCredentials("newserverufrag", "newpasswordnewpasswordnew"));
        _now = MediaTime.FromMilliseconds(5000);
        Check(IceWorld.Home, nominate: true);
        ErrorCode().ShouldBe(0);
        Check(IceWorld.Mobile, ufrag: "newserverufrag", password: "newpasswordnewpasswordnew");
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
        Check(IceWorld.Mobile, nominate: true, ufrag: "newserverufrag", password: "newpasswordnewpasswordnew");
        _agent.SelectedPath.ShouldBe(IceWorld.Mobile);
        Check(IceWorld.Home, nominate: true);
        ErrorCode().ShouldBe(401);
        _agent.SelectedPath.ShouldBe(IceWorld.Mobile);
    }

    /// <summary>A browser that offers twice in a row goes on with the checks of its first offer on the path that already answers.</summary>
    [Fact]
    public void A_restart_that_another_one_overtook_may_still_take_hold()
    {
        Check(IceWorld.Home, nominate: true);
        _agent.Restart(new IceCredentials("firstrestart", "firstpasswordfirstpasswd"));
        Check(IceWorld.Mobile, ufrag: "firstrestart", password: "firstpasswordfirstpasswd");
        _agent.Restart(new IceCredentials("secondrestart", "secondpasswordsecondpass"));

        Check(IceWorld.Mobile, nominate: true, ufrag: "firstrestart", password: "firstpasswordfirstpasswd");
        ErrorCode().ShouldBe(0);
        _agent.SelectedPath.ShouldBe(IceWorld.Mobile);
        _agent.IsRestarting.ShouldBeTrue(); // the second one has not taken hold
        Check(IceWorld.Home, nominate: true); // what carried media before it does not any more
        ErrorCode().ShouldBe(401);

        Check(IceWorld.Home, nominate: true, ufrag: "secondrestart", password: "secondpasswordsecondpass");
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
        _agent.IsRestarting.ShouldBeFalse();
        Check(IceWorld.Mobile, nominate: true, ufrag: "firstrestart", password: "firstpasswordfirstpasswd");
        ErrorCode().ShouldBe(401);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
    }

    [Fact]
    public void Any_number_of_paths_never_pushes_the_selected_one_out()
    {
        Check(IceWorld.Home, nominate: true);
        for (uint i = 0; i < 100; i++)
        {
            _now += TimeSpan.FromMilliseconds(1);
            Check(NetworkPath.UdpIpv4(0x0A000000 + i, 1000));
        }

        _agent.SelectedPath.ShouldBe(IceWorld.Home);
        _agent.IsValid(IceWorld.Home).ShouldBeTrue();
        _agent.IsValid(NetworkPath.UdpIpv4(0x0A000000 + 99, 1000)).ShouldBeTrue();
        _agent.IsValid(NetworkPath.UdpIpv4(0x0A000000, 1000)).ShouldBeFalse();
    }

    [Fact]
    public void Garbage_is_survived_in_silence()
    {
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            var datagram = new byte[random.Next(0, 100)];
            random.NextBytes(datagram);
            _agent.Receive(datagram, IceWorld.Home, _now, _output);
        }

        _output.Count.ShouldBe(0);
    }

    [Fact]
    public void New_credentials_are_ice_chars_and_differ()
    {
        var created = IceCredentialsFactory.Create(new SeededRandom(1));
        created.Ufrag.ShouldMatch("^[A-Za-z0-9+/]{8}$");
        created.Pwd.ShouldMatch("^[A-Za-z0-9+/]{24}$");
        created.ShouldNotBe(IceCredentialsFactory.Create(new SeededRandom(2)));
    }

    [Fact]
    public void Media_is_a_sign_of_life_on_its_own_path_alone()
    {
        Check(IceWorld.Home, nominate: true);
        for (var second = 1; second <= 60; second++)
        {
            Run(second);
            _agent.OnMedia(IceWorld.Home, _now);
            _agent.State.ShouldBe(IceState.Connected);
        }

        for (var second = 61; second <= 91; second++)
        {
            Run(second);
            _agent.OnMedia(IceWorld.Mobile, _now); // never checked
        }

        _agent.State.ShouldBe(IceState.Failed);
        _agent.SelectedPath.ShouldBeNull();
        _agent.OnMedia(IceWorld.Home, _now);
        _agent.SelectedPath.ShouldBe(IceWorld.Home);
    }

    private void Check(
        NetworkPath from,
        bool nominate = false,
        string ufrag = "serverufrag",
        string password = "serverpasswordserverpassword",
        StunClass messageClass = StunClass.Request,
        AddAttributes? add = null
    )
    {
        _output.Clear();
        var buffer = new byte[512];
        var writer = new StunWriter(buffer, messageClass, Transaction);
        writer.AddUsername(Encoding.ASCII.GetBytes(ufrag), "clientufrag"u8);
        writer.AddUInt32(StunAttribute.Priority, 1);
        if (nominate)
        {
            writer.AddFlag(StunAttribute.UseCandidate);
        }

        add?.Invoke(ref writer);
        var length = writer.Finish(Encoding.ASCII.GetBytes(password));
        _agent.Receive(buffer.AsSpan(0, length), from, _now, _output);
    }

    private void Run(double seconds)
    {
        _now = MediaTime.FromMilliseconds(seconds * 1000);
        _agent.Run(_now, _output);
    }

    private int ErrorCode()
    {
        _output.Count.ShouldBe(1);
        StunMessage.TryParse(_output.BytesOf(_output.Entries[0]), out var response).ShouldBeTrue();
        return response.TryGetErrorCode(out var code) ? code : 0;
    }
}
