"""值班日历: an official's duty as iCalendar (RFC 5545, 7986), which telephones and computers show."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vDuration

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.duty_spans import DutySpan
from routing.officials import Official

ZONE = "Asia/Shanghai"
READ_AGAIN = timedelta(hours=1)
"""So often a calendar that has subscribed is asked to read again; many take their own time."""

_ROLE = {"lead": "带班", "staff": "值班"}


def duty_calendar(
    directory: Directory,
    official: Official,
    spans: Iterable[DutySpan],
    *,
    changed_at: datetime,
    revision: int = 0,
    names: bool = True,
) -> bytes:
    """One event for each of his spans of duty.

    changed_at, revision: when what it says was last changed, and how often. names: tell in whose place a duty is.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//zhitong//duty//ZH")
    calendar.add("version", "2.0")
    for key in ("name", "x-wr-calname"):
        calendar.add(key, f"{official.name}值班")
    calendar.add("last-modified", changed_at.astimezone(UTC))
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(READ_AGAIN))
    calendar.add_component(_zone())
    for span in spans:
        event = _event(directory, official, span, names)
        # Without a METHOD, DTSTAMP is when the event was last revised.
        for key in ("dtstamp", "last-modified"):
            event.add(key, changed_at.astimezone(UTC))
        event.add("sequence", revision)
        calendar.add_component(event)
    return calendar.to_ical()


def calendar_begins(now: datetime) -> datetime:
    """The first of the last month: a duty that is under way keeps its beginning, and its event the UID made of it."""
    return _first_of_month(now, -1)


def feed_ends(now: datetime) -> datetime:
    """The first of the third month from now, at least 59 days ahead: what a feed says does not change by the hour."""
    return _first_of_month(now, 3)


def _first_of_month(now: datetime, later: int) -> datetime:
    local = now.astimezone(LOCAL)
    years, month = divmod(local.month - 1 + later, 12)
    return datetime.combine(local.date().replace(year=local.year + years, month=month + 1, day=1), time(), LOCAL)


def _event(directory: Directory, official: Official, span: DutySpan, names: bool) -> Event:
    # Who has the duty where from when: what else is changed of it changes the event, and makes no second one.
    told = f"{official.id}|{span.unit}|{span.start.astimezone(LOCAL).isoformat()}"
    instead = ""
    if span.because:
        instead = f"，替{span.instead}（{span.because}）" if names else "（替班）"
    event = Event()
    event.add("uid", f"{hashlib.sha256(told.encode()).hexdigest()[:32]}@zhitong")
    event.add("dtstart", span.start.astimezone(LOCAL))
    event.add("dtend", span.end.astimezone(LOCAL))
    event.add("summary", f"{_ROLE[span.role]}：{directory.unit(span.unit).name}{instead}")
    return event


def _zone() -> Timezone:
    """The county's zone, which has known no summer time since 1991."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1991, 9, 15))  # noqa: DTZ001  by definition without a zone
    standard.add("tzoffsetfrom", timedelta(hours=8))
    standard.add("tzoffsetto", timedelta(hours=8))
    standard.add("tzname", "CST")
    zone = Timezone()
    zone.add("tzid", ZONE)
    zone.add_component(standard)
    return zone
