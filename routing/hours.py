"""时段: a span of the clock on some days, Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from routing.calendar import Calendar

DayKind = Literal["all", "workdays", "restdays"]
"""workdays and restdays as the calendar tells them: holidays and 调休 included."""

EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """A span of the clock on some days (1 = Monday), Asia/Shanghai. `end` ≤ `start` runs past midnight.

    00:00–00:00 is the whole day. The day that counts is that of the start: the last night runs into the morning after.
    """

    start: time
    end: time
    days: frozenset[int] = EVERY_DAY
    kind: DayKind = "all"

    def __post_init__(self) -> None:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("Hours are wall-clock times of Asia/Shanghai, without a zone of their own")
        if not self.days <= EVERY_DAY or not self.days:
            raise ValueError(f"days: {sorted(self.days)}; use 1 (Monday) to 7 (Sunday)")

    def covers(self, local: datetime, calendar: Calendar) -> bool:
        """Whether the local time lies in the span (start included, end not)."""
        day = self.start_day(local)
        return day is not None and day.isoweekday() in self.days and is_kind(day, self.kind, calendar)

    def start_day(self, local: datetime) -> date | None:
        """The date on which the span that holds this clock began, whatever the day; None when the clock is outside."""
        clock, today = local.time().replace(tzinfo=None), local.date()
        if self.start < self.end:
            return today if self.start <= clock < self.end else None
        if clock >= self.start:
            return today
        return today - timedelta(days=1) if clock < self.end else None


def holds(day: date, first: date | None, last: date | None) -> bool:
    """Whether the day lies between two dates, both included; None: no bound."""
    return (first is None or first <= day) and (last is None or day <= last)


ALL_DAY = Hours(start=time(0), end=time(0))


def is_kind(day: date, kind: DayKind, calendar: Calendar) -> bool:
    """Whether the day is one of this kind."""
    return kind == "all" or calendar.is_workday(day) == (kind == "workdays")
