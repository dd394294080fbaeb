"""A citizen's telephone that rang unanswered is left in peace for the day."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.tries import Outcome, Try, may_ring_today
from routing.calendar import LOCAL

MORNING = datetime(2025, 9, 11, 9, 20, tzinfo=LOCAL)
HOUR = timedelta(hours=1)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(LOCAL))  # noqa: DTZ001
tries = st.builds(Try, at=moments, answered=st.booleans(), outcome=st.sampled_from(Outcome))


def tried(before: timedelta, outcome: Outcome = Outcome.UNANSWERED, *, answered: bool = False) -> Try:
    return Try(at=MORNING - before, answered=answered, outcome=outcome)


def test_a_number_that_did_not_answer_is_rung_again_on_another_day_only() -> None:
    assert may_ring_today([], MORNING)
    assert not may_ring_today([tried(HOUR)], MORNING)
    assert may_ring_today([tried(timedelta(days=1))], MORNING)


def test_who_answered_earlier_today_may_be_rung_again_until_they_do_not() -> None:
    assert may_ring_today([tried(2 * HOUR, answered=True)], MORNING)
    assert not may_ring_today([tried(2 * HOUR, answered=True), tried(HOUR)], MORNING)


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        (Outcome.UNKNOWN, False),
        (Outcome.UNANSWERED, False),
        (Outcome.NOT_REACHED, False),
        (Outcome.BUSY, True),
        (Outcome.NO_LINE, True),
        (Outcome.NOT_DIALLED, True),
        (Outcome.UNSEEN, False),
    ],
)
def test_what_never_rang_is_no_try(outcome: Outcome, again: bool) -> None:
    assert may_ring_today([tried(HOUR, outcome)], MORNING) is again


def test_the_day_is_the_county_s() -> None:
    night = Try(at=MORNING.replace(hour=0, minute=1), answered=False)
    assert not may_ring_today([night], MORNING.replace(hour=7).astimezone(UTC))
    assert may_ring_today([night], (MORNING - timedelta(days=1)).astimezone(UTC))


@given(st.lists(tries, max_size=8), moments)
def test_of_the_calls_of_any_day_at_most_one_rings_unanswered(earlier: list[Try], now: datetime) -> None:
    placed: list[Try] = []
    for one in sorted(earlier, key=lambda one: one.at):
        if may_ring_today(placed, one.at):
            placed.append(one)
    days = [one.at.date() for one in placed if one.unanswered]
    assert len(days) == len(set(days))
    assert may_ring_today(placed, now) is (now.date() not in days)
