"""Who may be rung: units, the officials in them, the duty room that always answers, the desk of working hours."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

Rank = Literal["director", "deputy", "staff"]
RANKS: tuple[Rank, ...] = ("director", "deputy", "staff")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """单位: a department or township.

    `matters` are the codes (A1 … D4) it answers for; of several units with one matter the caller's place decides,
    by the towns named in `places`. `parent` is the code of the unit above.
    """

    code: str
    name: str
    matters: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    parent: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Official:
    """责任领导: `phones` in the order to ring them, canonical digits (routing.phone)."""

    id: str
    name: str
    post: str
    phones: tuple[str, ...]
    unit: str
    rank: Rank = "staff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """A span of the clock on some weekdays (1 = Monday), Asia/Shanghai. `end` ≤ `start` runs past midnight.

    00:00–00:00 is the whole day. The weekday is that of the start.
    """

    start: time
    end: time
    days: frozenset[int] = frozenset(range(1, 8))

    def __post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("Hours are wall-clock times of Asia/Shanghai, without a zone of their own")
        if not self.days <= frozenset(range(1, 8)) or not self.days:
            raise ValueError(f"days: {sorted(self.days)}; use 1 (Monday) to 7 (Sunday)")

    def covers(self, local: datetime) -> bool:
        """Whether the local time lies in the span (start included, end not)."""
        clock, today = local.time().replace(tzinfo=None), local.isoweekday()
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        yesterday = today - 1 or 7
        return (today in self.days and clock >= self.start) or (yesterday in self.days and clock < self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyRoom:
    """值班室: the number(s) of last resort, staffed day and night. The last one ends every ladder."""

    numbers: tuple[str, ...]
    name: str = "值班室"


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """受理台: where a caller who says nothing goes in working hours."""

    number: str
    hours: tuple[Hours, ...]
    name: str = "受理台"
