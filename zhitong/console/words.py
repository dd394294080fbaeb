"""How pages say things: their templates, and how these say times, clocks and urgencies."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

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
    """2026-11-23."""
    return f"{at.astimezone(LOCAL):%Y-%m-%d}"


def clock(at: datetime) -> str:
    """08:05."""
    return f"{at.astimezone(LOCAL):%H:%M}"


def clock_seconds(at: datetime) -> str:
    """To the second, in local time: 08:05:09."""
    return f"{at.astimezone(LOCAL):%H:%M:%S}"


def weekday(at: datetime) -> str:
    """11月23日 周一."""
    local = at.astimezone(LOCAL)
    return f"{local.month}月{local.day}日 周{_WEEKDAYS[local.weekday()]}"


def urgency(code: str) -> str:
    """红, 橙, 黄 or 一般."""
    return URGENCY.get(code, code)


_COMMANDS = re.compile(
    r"（zhitong [^）]*）|（--[a-z-]+）"
    r"|[；，：]?(?:[^；，。：（]{0,5}(?:用|看|记|在|请写)) ?(?:zhitong|--)[a-z -]*[^；，。：）]*"
    r"|[；，：]? ?zhitong [^；，。：）]*"
)
_SWITCHES = re.compile(r"--[a-z-]+，?")


def without_commands(told: str) -> str:
    """Why not, for somebody who has forms before him: what is to be typed at a terminal is left out."""
    return _SWITCHES.sub("", _COMMANDS.sub("", told)).strip("；，：")


_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def one_way(shown: Any) -> Any:
    """What a page shows, without the signs that turn round how the words behind them read (Unicode TR 36, 3.2)."""
    return shown.__class__(_TURNS.sub("", shown)) if isinstance(shown, str) and _TURNS.search(shown) else shown


def as_json(told: Any) -> str:
    """What a page's script is told, likewise."""
    return str(one_way(json.dumps(told, ensure_ascii=False, separators=(",", ":"))))


def templates() -> Environment:
    """The templates of all pages: everything is escaped, and a name that is not given is a fault."""
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    how: dict[str, Any] = {"autoescape": True, "undefined": StrictUndefined, "trim_blocks": True, "finalize": one_way}
    found = Environment(loader=folder, **how)
    found.filters.update(FILTERS)
    return found


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "short_moment": short_moment,
    "clock": clock,
    "clock_seconds": clock_seconds,
    "weekday": weekday,
    "day": day,
    "urgency": urgency,
    "without_commands": without_commands,
}
