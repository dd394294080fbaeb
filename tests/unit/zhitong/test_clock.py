"""The clocks."""

from datetime import datetime, timedelta

import pytest

from routing.calendar import LOCAL
from tests.fakes.told_calls import MORNING
from zhitong.clock import FastForwardClock, SystemClock


def test_the_systems_clock_tells_county_time() -> None:
    assert SystemClock().now().utcoffset() == timedelta(hours=8)


def test_the_fast_clock_starts_where_told_and_runs_on() -> None:
    clock = FastForwardClock(MORNING)
    first, second = clock.now(), clock.now()
    assert MORNING <= first <= second < MORNING + timedelta(minutes=1)


def test_the_fast_clock_can_be_put_forward_but_never_back() -> None:
    clock = FastForwardClock(MORNING)
    clock.advance(timedelta(days=2))
    assert clock.now() >= MORNING + timedelta(days=2)
    with pytest.raises(ValueError, match="back"):
        clock.advance(timedelta(seconds=-1))


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FastForwardClock(datetime(2026, 1, 1))  # noqa: DTZ001
    assert FastForwardClock(datetime(2026, 1, 1, tzinfo=LOCAL)).now().tzinfo is LOCAL
