"""值班日历: an official's duty as an iCalendar file, which telephones and computers show."""

import hashlib
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneStandard

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.duty_spans import DutySpan, duty_spans
from routing.officials import Official

ZONE = "Asia/Shanghai"

_ROLE = {"lead": "带班", "staff": "值班"}


def duty_calendar(directory: Directory, official: Official, *, now: datetime, days: float) -> bytes:
    """One event for each span of duty from the first of the last month until so many days from now.

    From then on, so that a duty that is under way keeps its beginning, and its event the UID made of it.
    """
    last_month = now.astimezone(LOCAL).date().replace(day=1) - timedelta(days=1)
    start = datetime.combine(last_month.replace(day=1), time(), LOCAL)
    calendar = Calendar()
    calendar.add("prodid", "-//zhitong//duty//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{official.name}值班")
    calendar.add_component(_zone())
    for span in duty_spans(directory.roster, official.id, start, now + timedelta(days=days)):
        calendar.add_component(_event(directory, official, span, now))
    return calendar.to_ical()


def _event(directory: Directory, official: Official, span: DutySpan, now: datetime) -> Event:
    # Who has the duty where from when: what else is changed of it changes the event, and makes no second one.
    told = f"{official.id}|{span.unit}|{span.start.astimezone(LOCAL).isoformat()}"
    instead = f"，替{span.instead}（{span.because}）" if span.because else ""
    event = Event()
    event.add("uid", f"{hashlib.sha256(told.encode()).hexdigest()[:32]}@zhitong")
    event.add("dtstamp", now.astimezone(UTC))
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
