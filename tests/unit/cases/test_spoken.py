"""Times as people say them."""

from datetime import datetime

import pytest

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
