"""Times as people say them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.spoken import spoken_day, spoken_time
from routing.calendar import LOCAL

NOW = datetime(2025, 9, 11, 22, 40, tzinfo=LOCAL)  # a Thursday


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ("2025-09-12T08:30", "明早八点半"),
        ("2025-09-11T23:05", "今晚十一点零五分"),
        ("2025-09-12T14:15", "明天下午两点十五分"),
        ("2025-09-12T12:00", "明天中午十二点"),
        ("2025-09-16T10:42", "星期二上午十点四十二分"),
        ("2025-12-03T09:20", "十二月三号上午九点二十分"),
        ("2025-09-12T19:00", "明晚七点"),
        ("2025-09-12T00:10", "明天凌晨零点十分"),
    ],
)
def test_a_time_is_said_as_people_say_it(due: str, said: str) -> None:
    assert spoken_time(datetime.fromisoformat(due).replace(tzinfo=LOCAL), NOW) == said


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("09-09", "前天"),
        ("09-10", "昨天"),
        ("09-11", "今天"),
        ("09-13", "后天"),
        ("09-17", "星期三"),
        ("09-18", "九月十八号"),
        ("09-04", "九月四号"),
        ("10-20", "十月二十号"),
    ],
)
def test_a_day_is_said_as_people_say_it(day: str, said: str) -> None:
    assert spoken_day(datetime.fromisoformat(f"2025-{day}T12:00").replace(tzinfo=LOCAL), NOW) == said


_VALUE = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_PARTS = {"凌晨": 0, "早上": 0, "明早": 0, "上午": 0, "中午": 0, "下午": 12, "晚上": 12, "今晚": 12, "明晚": 12}


def heard(said: str) -> int:
    """0 … 99 from its characters."""
    tens, ten, ones = said.partition("十")
    return (_VALUE.get(tens, 1) * 10 if ten else 0) + _VALUE.get(ones if ten else tens[-1:], 0)


@given(st.integers(1, 1_000_000))
def test_whatever_time_is_said_is_heard_as_that_time(minutes: int) -> None:
    moment = NOW + timedelta(minutes=minutes)
    said = spoken_time(moment, NOW)
    before, clock = said.split("点")[0], said.split("点", 1)[1]
    part = next(name for name in _PARTS if name in before)
    hour = heard(before[before.index(part) + len(part) :])
    assert (hour + _PARTS[part] if hour < 12 else hour) % 24 == moment.hour
    assert (30 if clock == "半" else heard(clock.rstrip("分").removeprefix("零")) if clock else 0) == moment.minute
    assert "二点" not in said.replace("十二点", "")
