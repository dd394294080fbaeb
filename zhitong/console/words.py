"""How pages say times, clocks and urgencies: filters of the templates."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from routing.calendar import LOCAL

URGENCY = {"red": "红", "orange": "橙", "yellow": "黄", "normal": "一般"}
_WEEKDAYS = "一二三四五六日"


def moment(at: datetime | None) -> str:
    """To the minute, in local time: 2026-11-23 08:05."""
    return "" if at is None else f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def short_moment(at: datetime | None) -> str:
    """Without the year: 11-23 08:05."""
    return "" if at is None else f"{at.astimezone(LOCAL):%m-%d %H:%M}"


def day(at: datetime) -> str:
    """2026-11-23, in local time."""
    return f"{at.astimezone(LOCAL):%Y-%m-%d}"


def weekday(at: datetime) -> str:
    """11月23日 周一."""
    local = at.astimezone(LOCAL)
    return f"{local.month}月{local.day}日 周{_WEEKDAYS[local.weekday()]}"


def urgency(code: str) -> str:
    """红, 橙, 黄 or 一般."""
    return URGENCY.get(code, code)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "short_moment": short_moment,
    "day": day,
    "weekday": weekday,
    "urgency": urgency,
}
