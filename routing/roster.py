"""值班表: who is on duty at a moment, and at which moments that changes. Pure; all times aware.

Wall-clock times are those of Asia/Shanghai, which has kept UTC+8 without summer time since 1991.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from routing.officials import RANKS, Hours, Official

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

_MIDNIGHT = time(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """班次: an official in the spans of a day (several = split hours), between two dates (both included) if given."""

    official: str
    hours: tuple[Hours, ...]
    first: date | None = None
    last: date | None = None

    def covers(self, local: datetime) -> bool:
        return any(h.covers(local) and self._runs(_start_day(h, local)) for h in self.hours)

    def _runs(self, day: date) -> bool:
        """A span belongs to the date it starts on: the last night of a shift runs into the morning after."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leave:
    """请假: not rung between two moments, neither on duty nor as a stand-in."""

    official: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        _aware(self.start, self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """调班: between two moments `on` does the duty of `off`, whenever `off` would be on duty."""

    off: str
    on: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        _aware(self.start, self.end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Roster:
    """The officials and their shifts. Later entries of `overrides` win over earlier ones."""

    officials: tuple[Official, ...]
    shifts: tuple[Shift, ...]
    leaves: tuple[Leave, ...] = ()
    overrides: tuple[Override, ...] = ()

    def on_duty(self, now: datetime) -> tuple[Official, ...]:
        """Those on duty at `now` (aware), director first, each once, nobody who is on leave."""
        local = _aware(now)[0].astimezone(SHANGHAI)
        ids = {self._stand_in(s.official, now) for s in self.shifts if s.covers(local)}
        return tuple(o for o in by_rank(self.officials) if o.id in ids and not self.on_leave(o.id, now))

    def on_leave(self, official_id: str, now: datetime) -> bool:
        return any(x.official == official_id and x.start <= now < x.end for x in self.leaves)

    def edges(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Every moment in [start, end) at which on_duty or on_leave may change. Between two edges they do not."""
        _aware(start, end)
        return tuple(sorted({e for e in self._moments(start, end) if start <= e < end}))

    def _stand_in(self, official_id: str, now: datetime) -> str:
        for o in reversed(self.overrides):
            if o.off == official_id and o.start <= now < o.end:
                return o.on
        return official_id

    def _moments(self, start: datetime, end: datetime) -> Iterator[datetime]:
        for spans in (self.leaves, self.overrides):
            for span in spans:
                yield span.start
                yield span.end
        clocks = {_MIDNIGHT} | {c for s in self.shifts for h in s.hours for c in (h.start, h.end)}
        yield from daily(clocks, start, end)


def daily(clocks: set[time], start: datetime, end: datetime) -> Iterator[datetime]:
    """These wall-clock times on every date that [start, end) touches, as aware moments."""
    day, last = start.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()
    while day <= last:
        for clock in clocks:
            yield datetime.combine(day, clock, SHANGHAI)
        day += timedelta(days=1)


def by_rank(officials: tuple[Official, ...]) -> tuple[Official, ...]:
    """Director, deputies, staff; within a rank in the order of the directory."""
    return tuple(sorted(officials, key=lambda o: RANKS.index(o.rank)))


def _start_day(hours: Hours, local: datetime) -> date:
    wraps = hours.end <= hours.start
    return local.date() - timedelta(days=1) if wraps and local.time() < hours.start else local.date()


def _aware(*moments: datetime) -> tuple[datetime, ...]:
    for moment in moments:
        if moment.tzinfo is None or moment.utcoffset() is None:
            raise ValueError(f"{moment.isoformat()}: a moment needs a time zone (e.g. +08:00)")
    return moments
