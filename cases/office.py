"""Working time (办公时间): how much lies between two moments, and what is so much of it later or earlier. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from routing.calendar import LOCAL, Calendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """On every working day of the calendar the offices are open from `opens` until `closes`, noon included."""

    calendar: Calendar
    opens: time = time(8, 30)
    closes: time = time(17, 30)

    def __post_init__(self) -> None:
        if not self.opens < self.closes:
            raise ValueError(f"office: opens at {self.opens} and closes at {self.closes}")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from start until end; none when end is not later. Both aware."""
        found, day, last = timedelta(), start.astimezone(LOCAL).date(), end.astimezone(LOCAL).date()
        while day <= last:
            if self.calendar.is_workday(day):
                opens, closes = self._hours(day)
                found += max(timedelta(), min(closes, end) - max(opens, start))
            day += _DAY
        return found

    def after(self, moment: datetime, amount: timedelta) -> datetime:
        """The first moment with so much working time between; the moment itself for none of it."""
        if amount <= timedelta():
            return moment
        for opens, closes in self._days(moment.astimezone(LOCAL).date(), _DAY):
            begins = max(opens, moment)
            if closes - begins >= amount:
                return begins + amount
            amount -= max(timedelta(), closes - begins)
        raise AssertionError("the days do not end")

    def before(self, moment: datetime, amount: timedelta) -> datetime:
        """The last moment with so much working time between it and `moment`; the moment itself for none of it."""
        if amount <= timedelta():
            return moment
        for opens, closes in self._days(moment.astimezone(LOCAL).date(), -_DAY):
            ends = min(closes, moment)
            if ends - opens >= amount:
                return ends - amount
            amount -= max(timedelta(), ends - opens)
        raise AssertionError("the days do not end")

    def _days(self, day: date, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
        while True:
            if self.calendar.is_workday(day):
                yield self._hours(day)
            day += step

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        return datetime.combine(day, self.opens, LOCAL), datetime.combine(day, self.closes, LOCAL)
