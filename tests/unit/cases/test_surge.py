"""When several calls are one, and when a caller of it may be spared the ladder."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.surge import MOST_CALLS, Counted, SurgeRules, Tally, broke_off, count, spares, talked
from routing.calendar import LOCAL

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=LOCAL)
RULES = SurgeRules()


def call(n: int, minutes: float = 0, caller: str | None = None) -> Counted:
    return Counted(
        call_id=f"{n}", caller=f"139{n:08d}" if caller is None else caller, at=NOON + timedelta(minutes=minutes)
    )


def counted(*calls: Counted, tally: Tally | None = None, rules: SurgeRules = RULES) -> tuple[Tally, list[str]]:
    tally, steps = tally or Tally(), []
    for one in calls:
        tally, step = count(tally, one, rules)
        steps.append(step)
    return tally, steps


def known(minutes: float = 2) -> Tally:
    """A surge of three calls at noon and after, of which the first one was talked about."""
    return talked(counted(call(1), call(2, 1), call(3, minutes))[0], "1")


def test_the_third_caller_within_the_hour_opens_it_and_rings_as_those_before() -> None:
    tally, steps = counted(call(1), call(2, 59), call(3, 60))
    assert steps == ["counted", "counted", "opened"]
    assert tally.surge is not None and (tally.surge.id, tally.surge.opened_at) == ("3", NOON + timedelta(minutes=60))


def test_an_hour_and_a_moment_after_the_first_one_it_does_not() -> None:
    tally, steps = counted(call(1), call(2, 59), call(3, 60.001))
    assert steps == ["counted"] * 3 and tally.surge is None
    assert {one.call_id for one in tally.calls} == {"2", "3"}, "what is too long ago is forgotten"


def test_who_calls_again_counts_once_and_withheld_numbers_count_each() -> None:
    assert counted(call(1), call(2, 1, call(1).caller), call(3, 2))[1] == ["counted"] * 3
    assert counted(call(1, caller=""), call(2, caller=""), call(3, caller=""))[1][-1] == "opened"


def test_a_call_that_was_counted_is_not_counted_again() -> None:
    assert counted(call(1), call(2), call(2))[1] == ["counted"] * 3
    tally, steps = counted(call(4, 5), call(4, 5), tally=known())
    assert steps == ["spared", "spared"] and len(tally.calls) == 4


def test_nobody_is_spared_before_a_person_knows() -> None:
    tally, _ = counted(call(1), call(2), call(3))
    assert counted(call(4, 1), tally=tally)[1] == ["joined"]
    assert counted(call(4, 1), tally=talked(tally, "2"))[1] == ["spared"]
    assert counted(call(4, 1), tally=talked(tally, "99"))[1] == ["joined"], "a talk about something else"
    assert counted(call(4, 1), tally=broke_off(talked(tally, "2"), "2"))[1] == ["joined"], "it broke off at once"
    assert tally.surge is not None
    acknowledged = replace(tally, surge=replace(tally.surge, acknowledged=True))
    assert counted(call(4, 1), tally=acknowledged)[1] == ["spared"]


def test_a_talk_before_it_opened_is_known_too() -> None:
    tally = talked(counted(call(1), call(2))[0], "1")
    assert counted(call(3), call(4), tally=tally)[1] == ["opened", "spared"]


def test_after_an_hour_without_a_call_the_next_one_rings_and_the_one_after_it_is_spared() -> None:
    assert counted(call(4, 62), tally=known())[1] == ["spared"]
    assert counted(call(4, 62.1), call(5, 63), tally=known())[1] == ["joined", "spared"]


def test_at_its_end_it_is_over_and_counting_begins_anew() -> None:
    hourly = [call(100 + n, 2 + n * 50) for n in range(1, 29)]
    tally, steps = counted(*hourly, tally=known())
    assert steps == ["spared"] * 28
    day = 24 * 60 + 2
    assert spares(tally, NOON + timedelta(minutes=day - 0.1), RULES)
    assert not spares(tally, NOON + timedelta(minutes=day), RULES)
    assert counted(call(90, day), call(91, day), call(92, day), tally=tally)[1] == ["counted", "counted", "opened"]


def test_what_is_remembered_is_bounded_and_what_somebody_knows_is_not_forgotten() -> None:
    tally, _ = counted(*(call(n, 3) for n in range(4, MOST_CALLS * 2)), tally=known())
    assert len(tally.calls) == MOST_CALLS
    assert counted(call(9999, 4), tally=tally)[1] == ["spared"]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Counted(call_id="1", caller="", at=datetime(2026, 3, 4))  # noqa: DTZ001


_calls = st.lists(st.tuples(st.integers(0, 5), st.floats(0, 180)), max_size=12)


@given(_calls, st.integers(2, 5))
def test_it_opens_with_the_first_call_that_has_enough_callers_in_the_hour_up_to_it(
    told: list[tuple[int, float]], wanted: int
) -> None:
    calls = [call(n, at, caller=f"1380000000{who}") for n, (who, at) in enumerate(sorted(told, key=lambda one: one[1]))]
    _, steps = counted(*calls, rules=SurgeRules(calls=wanted))

    def enough(i: int) -> bool:
        near = [one for one in calls[: i + 1] if calls[i].at - one.at <= RULES.within]
        return len({one.caller for one in near}) >= wanted

    opens = next((i for i in range(len(calls)) if enough(i)), None)
    assert [i for i, step in enumerate(steps) if step == "opened"] == ([] if opens is None else [opens])
    assert set(steps[:opens]) <= {"counted"}
    assert "spared" not in steps, "nobody knows"


@given(st.permutations([(n, minutes) for n, minutes in enumerate((0.0, 0.01, 0.02, 20.0, 60.0))]))
def test_calls_of_one_hour_open_it_once_in_whatever_order_they_are_counted(order: list[tuple[int, float]]) -> None:
    tally, steps = counted(*(call(n, minutes) for n, minutes in order))
    assert steps == ["counted", "counted", "opened", "joined", "joined"]
    assert len(tally.calls) == 5


@given(st.lists(st.tuples(st.integers(0, 400), st.floats(0, 3000), st.booleans()), max_size=60))
def test_whoever_is_spared_somebody_knew_and_called_within_the_hour_before(
    told: list[tuple[int, float, bool]],
) -> None:
    tally = Tally()
    talks, latest = False, None
    for n, (who, minutes, talk) in enumerate(sorted(told, key=lambda one: one[1])):
        one = call(n, minutes, caller=f"{who}")
        before = tally.surge
        tally, step = count(tally, one, RULES)
        if step == "spared":
            assert before is not None and talks and latest is not None
            assert one.at - latest <= RULES.within and one.at < before.opened_at + RULES.end_after
        if step == "counted" and before is not None:
            talks = False
        latest = one.at
        if talk:
            tally, talks = talked(tally, one.call_id), True
