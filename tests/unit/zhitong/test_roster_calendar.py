"""The duty of an official as other programs read it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from routing.calendar import LOCAL
from routing.directory import Directory
from routing.duty_spans import duty_spans
from routing.roster import Leave, Rotation
from tests.fakes.directories import NIGHT, all_day, small_directory
from zhitong.roster_calendar import calendar_begins, duty_calendar, feed_ends

DAY = timedelta(days=1)
BEGAN = NIGHT.replace(month=11, day=1, hour=8, minute=0)
_SMALL = small_directory(shifts=())
TURNS = replace(
    _SMALL,
    roster=replace(
        _SMALL.roster,
        rotations=(Rotation(turns=(("director",), ("deputy",), ("clerk",)), start=BEGAN),),
        officials=tuple(replace(o, deputies=("deputy",)) if o.id == "director" else o for o in _SMALL.roster.officials),
    ),
)


def read(directory: Directory, who: str, *, later: timedelta = timedelta(), days: float = 60) -> Calendar:
    official = directory.roster.official(who)
    assert official is not None
    now = NIGHT + later
    spans = duty_spans(directory.roster, who, calendar_begins(now), now + timedelta(days=days))
    return Calendar.from_ical(duty_calendar(directory, official, spans, changed_at=now))


def feed(directory: Directory, who: str, **said: int | datetime) -> bytes:
    official = directory.roster.official(who)
    assert official is not None
    told: dict[str, Any] = {"changed_at": NIGHT, **said}
    spans = duty_spans(directory.roster, who, BEGAN, feed_ends(NIGHT))
    return duty_calendar(directory, official, spans, names=False, **told)


def uids(calendar: Calendar) -> list[str]:
    return [str(event["uid"]) for event in calendar.walk("VEVENT")]


def test_each_turn_is_an_event_in_the_countys_time_with_role_and_unit() -> None:
    calendar = read(TURNS, "deputy", days=7)
    first, *_, last = calendar.walk("VEVENT")
    assert (first.start, first.end) == (BEGAN + DAY, BEGAN + 2 * DAY), "from the first of last month on"
    assert first.start.utcoffset() == timedelta(hours=8)
    assert str(first["summary"]) == "带班：政务服务管理局"
    assert last.end <= NIGHT + 7 * DAY < last.end + 3 * DAY
    assert str(calendar["x-wr-calname"]) == "deputy值班"


def test_the_file_names_the_zone_and_says_what_it_is() -> None:
    official = TURNS.roster.official("deputy")
    assert official is not None
    spans = duty_spans(TURNS.roster, official.id, BEGAN, NIGHT)
    text = duty_calendar(TURNS, official, spans, changed_at=NIGHT).decode()
    assert "DTSTART;TZID=Asia/Shanghai:20261102T080000" in text
    assert "BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai" in text and "TZOFFSETTO:+0800" in text


def test_the_same_duty_has_the_same_uid_in_every_later_file() -> None:
    today, later = uids(read(TURNS, "deputy")), uids(read(TURNS, "deputy", later=20 * DAY))
    assert len(set(today)) == len(today) and set(today) < set(later)
    assert len(set(uids(read(TURNS, "clerk"))) & set(today)) == 0


def test_in_whose_place_is_told_and_the_event_stays_the_same_one_when_that_changes() -> None:
    leave = Leave(official="director", start=BEGAN + 39 * DAY, end=BEGAN + 40 * DAY)
    changed = replace(TURNS, roster=replace(TURNS.roster, leaves=(leave,)))
    instead = [e for e in read(changed, "deputy").walk("VEVENT") if "替" in str(e["summary"])]
    told = "带班：政务服务管理局，替director（请假）"
    assert [(e.start, str(e["summary"])) for e in instead] == [(leave.start, told)]
    assert set(uids(read(TURNS, "deputy"))) < set(uids(read(changed, "deputy")))


def test_who_is_on_duty_day_and_night_has_one_event_that_keeps_its_uid_within_the_month() -> None:
    always = small_directory(shifts=all_day("director"))
    (event,) = read(always, "director").walk("VEVENT")
    assert event.end == NIGHT + 60 * DAY
    assert uids(read(always, "director", later=3 * DAY)) == [str(event["uid"])]


def test_a_feed_says_who_it_is_and_how_often_to_read_it() -> None:
    calendar = Calendar.from_ical(feed(TURNS, "deputy"))
    assert str(calendar["prodid"]) == "-//zhitong//duty//ZH" and str(calendar["name"]) == "deputy值班"
    assert calendar["refresh-interval"].dt == timedelta(hours=1)
    assert str(calendar["x-published-ttl"]) == "PT1H"


def test_a_feed_names_nobody_else() -> None:
    leave = Leave(official="director", start=BEGAN + 39 * DAY, end=BEGAN + 40 * DAY)
    changed = replace(TURNS, roster=replace(TURNS.roster, leaves=(leave,)))
    calendar = Calendar.from_ical(feed(changed, "deputy"))
    instead = [str(event["summary"]) for event in calendar.walk("VEVENT") if event.start == leave.start]
    assert instead == ["带班：政务服务管理局（替班）"] and b"director" not in feed(changed, "deputy")


def test_every_event_tells_when_and_how_often_the_calendar_was_changed() -> None:
    changed = NIGHT - 3 * DAY
    events = Calendar.from_ical(feed(TURNS, "deputy", changed_at=changed, revision=7)).walk("VEVENT")
    assert {event["sequence"] for event in events} == {7}
    assert {event["dtstamp"].dt for event in events} == {event["last-modified"].dt for event in events} == {changed}
    assert not events[0]["dtstamp"].dt.utcoffset(), "in UTC"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))  # noqa: DTZ001  the county's clock
def test_a_feed_reaches_from_the_first_of_the_last_month_to_at_least_59_days_ahead(clock: datetime) -> None:
    now = clock.replace(tzinfo=LOCAL)
    begins, ends = calendar_begins(now), feed_ends(now)
    assert begins <= now - 28 * DAY and now + 59 * DAY <= ends <= now + 93 * DAY
    assert begins.day == ends.day == 1 and begins.hour == ends.hour == 0
    assert feed_ends(now.replace(day=1)) == ends and calendar_begins(now.replace(day=28)) == begins, "all month long"
