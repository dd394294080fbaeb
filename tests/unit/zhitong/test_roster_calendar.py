"""The duty of an official as other programs read it."""

from dataclasses import replace
from datetime import timedelta

from icalendar import Calendar

from routing.directory import Directory
from routing.roster import Leave, Rotation
from tests.fakes.directories import NIGHT, all_day, small_directory
from zhitong.roster_calendar import duty_calendar

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
    return Calendar.from_ical(duty_calendar(directory, official, now=NIGHT + later, days=days))


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
    text = duty_calendar(TURNS, official, now=NIGHT, days=7).decode()
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
