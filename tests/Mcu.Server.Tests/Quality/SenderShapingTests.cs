using Mcu.Conference;
using Mcu.Media;
using Mcu.Server.Rooms.Quality;
using Shouldly;

namespace Mcu.Server.Tests.Quality;

public sealed class SenderShapingTests
{
    private static readonly SendHint s_large = SendHint.ForTile(1280, 720, 30);
    private static readonly SendHint s_medium = SendHint.ForTile(640, 360, 30);

    private readonly SenderShaping _shaping = new();
    private MediaTime _now = MediaTime.FromMilliseconds(1000);

    [Fact]
    public void Nothing_is_asked_before_there_is_a_camera()
    {
        _shaping.Update(_now).ShouldBeFalse();
        _shaping.Repeat(_now);
        _shaping.Update(_now).ShouldBeFalse();
        _shaping.Deadline.ShouldBe(MediaTime.Never);
    }

    [Fact]
    public void The_first_and_every_larger_size_is_asked_for_at_once()
    {
        foreach (var hint in new[] { SendHint.Hidden, s_medium, s_large })
        {
            _shaping.Want(hint, _now);
            _shaping.Update(_now).ShouldBeTrue();
            _shaping.InForce.ShouldBe(hint);
            _shaping.Update(_now).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_smaller_size_is_asked_for_when_it_has_been_enough_for_a_while()
    {
        Begin(s_large);
        _shaping.Want(s_medium, _now);
        var due = _now + SenderShaping.Patience;
        _shaping.Deadline.ShouldBe(due);
        _now += TimeSpan.FromSeconds(2);
        _shaping.Want(SendHint.Hidden, _now);
        _shaping.Deadline.ShouldBe(due, "it has been less all the while");
        _shaping.Update(due - TimeSpan.FromMilliseconds(1)).ShouldBeFalse();
        _shaping.Update(due).ShouldBeTrue();
        _shaping.InForce.ShouldBe(SendHint.Hidden);
    }

    [Fact]
    public void Tiles_that_grow_and_shrink_with_each_word_ask_for_nothing_new()
    {
        Begin(s_large);
        for (var word = 0; word < 50; word++)
        {
            _shaping.Want(word % 2 == 0 ? s_medium : s_large, _now);
            _now += TimeSpan.FromSeconds(1);
            _shaping.Update(_now).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_new_connection_is_asked_again()
    {
        Begin(s_medium);
        _shaping.Repeat(_now);
        _shaping.Update(_now).ShouldBeTrue();
        _shaping.InForce.ShouldBe(s_medium);
    }

    private void Begin(SendHint hint)
    {
        _shaping.Want(hint, _now);
        _shaping.Update(_now).ShouldBeTrue();
    }
}
