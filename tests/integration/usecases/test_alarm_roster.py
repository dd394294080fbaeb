"""What is wrong with the coming week is told once, and ahead."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from routing.calendar import LOCAL, Calendar
from routing.directory import Directory
from routing.roster import Leave, Shift
from tests.fakes.directories import DESK_HOURS, DUTY_ROOM, NIGHT, small_directory
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.usecases.alarm_roster import MOST, alarm_roster

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OFFICE = small_directory(shifts=(Shift(official="director", hours=DESK_HOURS),))
"""Nobody is on duty in the evenings and at the weekend."""


def told(engine: Engine, directory: Directory, now: datetime) -> list[tuple[int, int]]:
    """(day, hour) at which what is newly found begins."""
    found = alarm_roster(engine, directory, now=now)
    return [(f.start.astimezone(LOCAL).day, f.start.astimezone(LOCAL).hour) for f in found if f.start]


def incidents(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in all_incidents(connection, "roster")]


def test_a_roster_without_gaps_alarms_nobody(engine: Engine) -> None:
    assert alarm_roster(engine, small_directory(), now=NIGHT) == []
    with reading(engine) as connection:
        assert open_tasks(connection) == []


def test_every_gap_of_the_coming_week_is_told_once_and_what_comes_into_view_later_then(engine: Engine) -> None:
    assert told(engine, OFFICE, NIGHT) == [(4, 17), (7, 17), (8, 17), (9, 17), (10, 17), (11, 17)]
    assert told(engine, OFFICE, NIGHT + HOUR) == []
    assert told(engine, OFFICE, NIGHT + DAY) == [], "the last one only seemed to end"
    assert told(engine, OFFICE, NIGHT + 3 * DAY) == [(14, 17)]
    assert len(incidents(engine)) == 7
    assert incidents(engine)[0].startswith("值班表【空档】12月04日 17:30 到 12月07日 08:30：政务服务管理局没有人值班")


def test_what_goes_on_for_weeks_is_told_again_once_a_week(engine: Engine) -> None:
    nobody = small_directory(shifts=())
    days = [n for n in range(15) if alarm_roster(engine, nobody, now=NIGHT + n * DAY)]
    assert days == [0, 2, 9], "on Mondays"


def test_that_what_was_published_last_is_not_in_force_is_told_once(engine: Engine) -> None:
    for _ in range(2):
        alarm_roster(engine, small_directory(), now=NIGHT, trouble="第 5 版 读不了")
    assert incidents(engine) == ["值班表【没有照最新的】第 5 版 读不了"]


def test_a_change_that_makes_a_gap_is_told_at_the_next_look(engine: Engine) -> None:
    assert alarm_roster(engine, small_directory(), now=NIGHT) == []
    leave = Leave(official="director", start=NIGHT + 2 * DAY, end=NIGHT + 3 * DAY)
    (found,) = alarm_roster(engine, small_directory(leaves=(leave,)), now=NIGHT)
    assert (found.kind, found.start) == ("leave", leave.start)


def test_all_that_is_new_is_one_notice_that_says_from_when_on(engine: Engine) -> None:
    alarm_roster(engine, OFFICE, now=NIGHT)
    alarm_roster(engine, OFFICE, now=NIGHT + HOUR)
    with reading(engine) as connection:
        (task,) = open_tasks(connection, kind="notice:roster")
    assert (task.due_at, task.promised_at) == (NIGHT, NIGHT), "one of them is under way"
    leave = Leave(official="director", start=NIGHT + 2 * DAY, end=NIGHT + 3 * DAY)
    alarm_roster(engine, small_directory(leaves=(leave,)), now=NIGHT)
    with reading(engine) as connection:
        assert [t.promised_at for t in open_tasks(connection, kind="notice:roster")] == [NIGHT, leave.start]


def test_a_roster_that_is_wrong_altogether_hides_nothing_else(engine: Engine) -> None:
    begins = [NIGHT + 2 * n * HOUR for n in range(30)]
    directory = small_directory(leaves=tuple(Leave(official="director", start=at, end=at + HOUR) for at in begins))
    assert len(alarm_roster(engine, directory, now=NIGHT)) == MOST
    assert len(alarm_roster(engine, directory, now=NIGHT)) == 30 - MOST
    assert alarm_roster(engine, directory, now=NIGHT) == []


def test_too_few_numbers_are_told_and_unproven_ones_are_not(engine: Engine) -> None:
    directory = small_directory(shifts=(), rooms=(DUTY_ROOM,))
    few = replace(directory, desk=None, roster=replace(directory.roster, officials=directory.roster.officials[:1]))
    found = alarm_roster(engine, few, now=NIGHT)
    assert "numbers" in {f.kind for f in found} and {f.kind for f in found} <= {"numbers", "gap"}


def test_a_year_whose_holidays_nobody_knows_is_told_once_before_it_begins(engine: Engine) -> None:
    silvester = NIGHT.replace(year=2090, month=12, day=20)
    knows = replace(small_directory().roster, calendar=Calendar(entered={date(2090, 1, 1): False}))
    directory = replace(small_directory(), roster=knows)
    days = [n for n in range(40) if alarm_roster(engine, directory, now=silvester + n * DAY)]
    assert days == [5], "a week ahead"
    (text,) = incidents(engine)
    assert text.startswith("值班表【放假安排未知】2091 年") and "config/calendar/2091.toml" in text
