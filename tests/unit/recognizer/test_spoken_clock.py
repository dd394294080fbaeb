"""Times as an official says them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.spoken_clock import until_when
from routing.calendar import LOCAL

MORNING = datetime(2026, 11, 23, 9, 10, tzinfo=LOCAL)
NOON = datetime(2026, 11, 23, 12, 30, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("said", "now", "clock"),
    [
        ("我开会到十一点", MORNING, "11:00"),
        ("开会到11点半", MORNING, "11:30"),
        ("十点一刻", MORNING, "10:15"),
        ("到两点", NOON, "14:00"),
        ("下午三点二十分", NOON, "15:20"),
        ("上午十点四十五", MORNING, "10:45"),
        ("十五点", NOON, "15:00"),
        ("晚上八点", MORNING, "20:00"),
        ("半个小时", MORNING, "09:40"),
        ("两个半小时", MORNING, "11:40"),
        ("开一个小时的会", MORNING, "10:10"),
        ("四十分钟", MORNING, "09:50"),
    ],
)
def test_a_time_that_is_said_is_the_next_one_from_now(said: str, now: datetime, clock: str) -> None:
    found = until_when(said, now)
    assert found is not None and f"{found:%H:%M}" == clock and found.date() == now.date()


@pytest.mark.parametrize("said", ["", "我在开会", "三十点", "十一点七十", "好的", "十十点"])
def test_what_names_no_time_is_none(said: str) -> None:
    assert until_when(said, MORNING) is None


@given(
    st.text("零一二两三四五六七八九十点半刻钟个小时分到下午晚上0123456789：", max_size=12), st.integers(0, 24 * 60 - 1)
)
def test_whatever_is_said_the_time_lies_ahead_and_within_a_day_or_so_many_hours(said: str, minute: int) -> None:
    now = datetime(2026, 11, 23, tzinfo=LOCAL) + timedelta(minutes=minute)
    found = until_when(said, now)
    assert found is None or now <= found <= now + timedelta(hours=1000)
