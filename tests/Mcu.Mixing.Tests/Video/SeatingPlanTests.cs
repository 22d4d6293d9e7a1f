using CsCheck;
using Mcu.Mixing.Video;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class SeatingPlanTests
{
    [Fact]
    public void Newcomers_take_the_next_seat_and_move_nobody()
    {
        var plan = Seat(5);
        plan.Join(6);
        plan.Join(3);
        plan.Seats.ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public void A_leaver_leaves_a_hole_that_the_next_newcomer_fills()
    {
        var plan = Seat(6);
        plan.Leave(2);
        plan.Seats.ShouldBe([1, null, 3, 4, 5, 6]);
        plan.Join(7);
        plan.Seats.ShouldBe([1, 7, 3, 4, 5, 6]);
        plan.Count.ShouldBe(6);
    }

    [Fact]
    public void Seats_close_up_when_a_smaller_grid_suffices()
    {
        var plan = Seat(6);
        plan.Leave(2);
        plan.Leave(4);
        plan.Seats.ShouldBe([1, 3, 5, 6]);
    }

    [Fact]
    public void Holes_at_the_end_are_dropped()
    {
        var plan = Seat(9);
        plan.Leave(8);
        plan.Leave(9);
        plan.Seats.ShouldBe([1, 2, 3, 4, 5, 6, 7]);
    }

    [Fact]
    public void Beyond_one_page_a_hole_is_filled_from_the_end()
    {
        var plan = Seat(30);
        plan.Leave(5);
        plan.Seats.Count.ShouldBe(29);
        plan.Seats[4].ShouldBe(30);
    }

    [Fact]
    public void A_speaker_from_a_later_page_takes_the_place_of_who_spoke_least_recently()
    {
        var plan = Seat(40);
        plan.BringToFirstPage(33, 25, [33, 25, 24]).ShouldBeTrue();
        plan.Seats[22].ShouldBe(33);
        plan.Seats[32].ShouldBe(23);
        plan.Seats.Where((id, seat) => id != seat + 1).Count().ShouldBe(2);
    }

    [Fact]
    public void A_speaker_on_the_first_page_stays()
    {
        var plan = Seat(40);
        plan.BringToFirstPage(7, 25, [7]).ShouldBeFalse();
        plan.BringToFirstPage(99, 25, [99]).ShouldBeFalse();
    }

    [Fact]
    public void When_all_on_the_first_page_have_spoken_the_earliest_makes_room()
    {
        var plan = Seat(4);
        plan.BringToFirstPage(4, 3, [4, 2, 3, 1]);
        plan.Seats.ShouldBe([4, 2, 3, 1]);
    }

    [Fact]
    public void Speaker_and_successor_change_places()
    {
        var plan = Seat(4);
        plan.Swap(1, 3);
        plan.Swap(1, 99);
        plan.Seats.ShouldBe([3, 2, 1, 4]);
    }

    [Fact]
    public void Whatever_happens_each_is_seated_once_and_nobody_moves_without_need()
    {
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 9])
            .List[1, 200]
            .Sample(steps =>
            {
                var plan = new SeatingPlan();
                var present = new HashSet<long>();
                foreach (var (id, action) in steps)
                {
                    var before = plan.Seats.ToList();
                    if (action < 5)
                    {
                        plan.Join(id);
                        present.Add(id);
                        before.Where((seat, i) => seat is not null && plan.Seats[i] != seat).ShouldBeEmpty();
                    }
                    else if (action < 9)
                    {
                        plan.Leave(id);
                        present.Remove(id);
                    }
                    else
                    {
                        plan.BringToFirstPage(id, 25, [id]);
                    }

                    plan.Seats.Where(seat => seat is not null).Select(seat => seat!.Value).Order().ShouldBe(present.Order());
                    plan.Count.ShouldBe(present.Count);
                    (plan.Seats.Count == 0 || plan.Seats[^1] is not null).ShouldBeTrue();
                    GridShape.For(Math.Max(plan.Count, 1)).ShouldBe(GridShape.For(Math.Max(plan.Seats.Count, 1)));
                }
            });
    }

    private static SeatingPlan Seat(int count)
    {
        var plan = new SeatingPlan();
        for (var id = 1; id <= count; id++)
        {
            plan.Join(id);
        }

        return plan;
    }
}
