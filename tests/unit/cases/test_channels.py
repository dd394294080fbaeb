"""What several channels tell of one place shows, and whether it was there before."""

from datetime import datetime

import pytest

from cases.channels import Came, before, common, totals
from routing.calendar import LOCAL

TOWNS = ("扎西镇", "扎西")


def came(channel: str, now: int, before: int = 0, matter: str = "供水饮水", place: str = "扎西镇老街") -> Came:
    return Came(channel=channel, matter=matter, place=place, now=now, before=before)


def test_the_same_by_several_ways_comes_first_and_what_was_there_before_says_so() -> None:
    told = [
        *(came("电话", 9, matter="路灯"), came("电话", 2, 1), came("微信", 1, place="扎西镇")),
        *(came("电话", 1, matter="噪音"), came("网站", 0, 3, matter="养老"), came("网站", 5, place="不知道")),
    ]
    found = common(told, [("供水饮水", "扎西镇老街", "长期性", 2)], towns=TOWNS)
    assert [(one.matter, one.seen) for one in found] == [
        ("供水饮水", "2 个渠道都有，上期也有"),
        ("路灯", ""),
        ("养老", ""),
    ], "one case alone is no problem, and of an unknown place nobody knows whether it is the same"
    assert found[0].town == "扎西镇" and found[0].now == {"电话": 2, "微信": 1} and found[0].tags == {"长期性": 2}
    assert totals(told) == {"电话": (12, 1), "网站": (5, 3), "微信": (1, 0)}


def day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (day(2026, 3, 1), day(2026, 4, 1), day(2026, 2, 1)),
        (day(2026, 1, 1), day(2026, 2, 1), day(2025, 12, 1)),
        (day(2025, 12, 1), day(2026, 1, 1), day(2025, 11, 1)),
        (day(2026, 3, 2), day(2026, 3, 9), day(2026, 2, 23)),
        (day(2026, 1, 1), day(2026, 3, 1), day(2025, 11, 3)),
    ],
)
def test_the_span_before(since: datetime, until: datetime, expected: datetime) -> None:
    assert before(since, until) == expected
