"""The search for the highest rate."""

from hypothesis import given
from hypothesis import strategies as st

from bench.load import STEP, in_turn, search

LOW, HIGH = 40, 72
limits = st.integers(LOW - 10, HIGH + 10)


@given(limits, st.integers(0, HIGH + 10))
def test_it_finds_the_highest_clean_rate_and_tries_none_twice(limit: int, about: int) -> None:
    asked: list[int] = []

    def holds(_: str, rate: int) -> bool:
        asked.append(rate)
        return rate <= limit

    ((_, found),) = in_turn({"one": search(LOW, HIGH, about=about)}, holds)
    clean = [rate for rate in range(LOW, HIGH, STEP) if rate <= limit]
    assert found == max(clean, default=0)
    assert len(asked) == len(set(asked)) and set(asked) <= set(range(LOW, HIGH, STEP))


@given(limits, limits)
def test_two_searches_take_turns_until_one_has_ended(one: int, other: int) -> None:
    asked: list[str] = []

    def holds(name: str, rate: int) -> bool:
        asked.append(name)
        return rate <= {"one": one, "other": other}[name]

    dict(in_turn({name: search(LOW, HIGH, about=(LOW + HIGH) / 2) for name in ("one", "other")}, holds))
    both = 2 * min(asked.count("one"), asked.count("other"))
    assert asked[:both] == ["one", "other"] * (both // 2)
