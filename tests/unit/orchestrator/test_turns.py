"""Owners take turns: nobody starves, room is not left empty, and shares follow weights."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.rules.turns import Line, Turns

ROOM = st.integers(0, 20)


def choose(lines: Sequence[Line], room: int) -> list[str]:
    """As one does who remembers no turns."""
    return Turns().choose(lines, room)


@st.composite
def crowds(draw: st.DrawFn) -> list[Line]:
    """Owners with some waiting, their runs mixed in age."""
    sizes = draw(st.lists(st.integers(0, 12), max_size=6))
    ages = draw(st.permutations(range(sum(sizes))))
    lines = []
    for number, size in enumerate(sizes):
        mine, ages = sorted(ages[:size]), ages[size:]
        weight, under_way = draw(st.integers(1, 5)), draw(st.integers(0, 30))
        lines.append(Line(f"o{number}", weight, under_way, [f"{age:04}/o{number}" for age in mine]))
    return lines


def owner_of(run: str) -> str:
    return run.partition("/")[2]


def line(owner: str, waiting: int, *, weight: int = 1, under_way: int = 0, since: int = 0) -> Line:
    return Line(owner, weight, under_way, [f"{since + age:08}/{owner}" for age in range(waiting)])


@given(crowds(), ROOM)
def test_no_room_is_left_while_something_is_due(lines: list[Line], room: int) -> None:
    chosen = choose(lines, room)
    assert len(chosen) == len(set(chosen)) == min(room, sum(len(each.waiting) for each in lines))


@given(crowds(), ROOM)
def test_an_owners_own_runs_go_oldest_first(lines: list[Line], room: int) -> None:
    chosen = choose(lines, room)
    for each in lines:
        mine = [run for run in chosen if owner_of(run) == each.owner]
        assert mine == list(each.waiting)[: len(mine)]


@given(crowds(), ROOM)
def test_nobody_gets_a_turn_before_one_who_has_less_under_way_for_its_weight(lines: list[Line], room: int) -> None:
    given_out: Counter[str] = Counter()
    by_owner = {each.owner: each for each in lines}

    def load(each: Line) -> float:
        return (each.under_way + given_out[each.owner]) / each.weight

    for run in choose(lines, room):
        chosen = by_owner[owner_of(run)]
        assert all(load(chosen) <= load(each) for each in lines if len(each.waiting) > given_out[each.owner])
        given_out[chosen.owner] += 1


@given(crowds(), ROOM)
def test_the_order_in_which_owners_are_looked_at_does_not_matter(lines: list[Line], room: int) -> None:
    assert choose(lines, room) == choose(lines[::-1], room)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(4, 30))
def test_shares_follow_weights(first: int, second: int, slots: int) -> None:
    """Two owners with no end of work, one slot freed at a time, by the one whose run is oldest."""
    weights, under_way, waiting = {"a": first, "b": second}, Counter[str](), {"a": 4000, "b": 4000}
    order: list[str] = []
    rounds = 60 * (first + second)
    while len(order) < rounds:
        lines = [
            line(owner, min(slots, left), weight=weights[owner], under_way=under_way[owner], since=4000 - left)
            for owner, left in waiting.items()
        ]
        for run in choose(lines, slots - under_way.total()):
            order.append(owner_of(run))
            under_way[owner_of(run)] += 1
            waiting[owner_of(run)] -= 1
        under_way[order[len(order) - under_way.total()]] -= 1
    share = Counter(order)["a"] / len(order)
    assert abs(share - first / (first + second)) <= 1 / slots


@given(st.integers(0, 16), st.integers(1, 5))
def test_one_row_goes_before_ten_thousand_of_another(backlog: int, weight: int) -> None:
    crowd = line("many", 10_000, weight=weight, under_way=backlog)
    few = line("few", 1, since=10_000)
    chosen = choose([crowd, few], 2)
    assert few.waiting[0] in chosen


@given(st.integers(1, 4), st.integers(2, 12), st.lists(st.integers(1, 3), min_size=12, max_size=12))
def test_more_owners_than_places_still_share_by_weight(places: int, owners: int, weights: list[int]) -> None:
    """Nothing is under way for long: of what was done each owner has its share, however old the pile of another is."""
    turns, had = Turns(), Counter[str]()
    rounds = 40 * sum(weights[:owners])
    for _ in range(rounds):
        lines = [line(str(n), places, weight=weights[n], since=1000 * n + had[str(n)]) for n in range(owners)]
        had.update(map(owner_of, turns.choose(lines, 1)))
    for n in range(owners):
        assert abs(had[str(n)] - 40 * weights[n]) <= 2 * weights[n]


def test_who_comes_back_begins_where_the_others_are() -> None:
    turns = Turns()
    turns.choose([line("old", 500)], 300)
    order = [owner_of(turns.choose([line("old", 5), line("new", 5, since=900)], 1)[0]) for _ in range(40)]
    assert order.count("new") in (20, 21)


def test_ties_go_to_who_waits_longest() -> None:
    assert choose([line("late", 2, since=10), line("early", 2)], 2) == ["00000000/early", "00000010/late"]
