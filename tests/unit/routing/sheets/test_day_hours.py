from datetime import date, time

import pytest

from routing.calendar import Calendar
from routing.sheets.book import read_text
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster

NAMES = ["王强", "赵建国", "李春燕", "刘洋"]
PEOPLE = People(tuple(Person(name=n, unit="水务局", mobile=f"1380870001{i}") for i, n in enumerate(NAMES)))
HOLIDAYS = Calendar(entered={date(2026, 12, 9): False, date(2026, 12, 12): True})
"""A Wednesday that is a holiday and a Saturday that is worked; the rest of December as it is."""


def read(note, days, head="带班领导,值班人员", row="王强,刘洋", calendar=HOLIDAYS):
    rows = "".join(f"2026-{month}-{day},{row}\n" for month, day in days)
    text = f"值班表\n日期,{head}\n{rows}{note}\n"
    return read_roster(read_text(text, "表"), PEOPLE, today=date(2026, 11, 20), calendar=calendar)


def hours(found, name="刘洋"):
    return [(s.start.day, s.start.time(), s.end.time()) for s in found.shifts if s.name == name]


WORK, REST = (time(17, 30), time(8, 30)), (time(8, 30), time(8, 30))


@pytest.mark.parametrize(
    "note",
    [
        *("值班时间:工作日17:30-次日8:30，节假日8:30-次日8:30", "备注：节假日8:30至次日8:30；工作日17:30至次日8:30"),
        *("工作日夜间17时30分至次日8时30分 周末及法定节假日全天8时30分至次日8时30分",),
        "工作日17:30-次日8:30\n节假日8:30-次日8:30",
        *("17:30-次日8:30（工作日），8:30-次日8:30（节假日）", "平时为17:30—次日8:30、双休日、节假日为8:30—次日8:30"),
    ],
)
def test_workdays_and_holidays_have_their_own_hours_by_the_calendar(note):
    found = read(note, [("12", day) for day in (8, 9, 10, 11, 12, 13)])
    assert found.issues == ()
    told = [(8, WORK), (9, REST), (10, WORK), (11, WORK), (12, WORK), (13, REST)]
    assert hours(found) == hours(found, "王强") == [(day, *span) for day, span in told]


def test_a_year_whose_holidays_are_not_known_is_a_doubt():
    found = read("值班时间：工作日17:30-次日8:30，节假日8:30-次日8:30", [("12", 8)], calendar=Calendar())
    assert hours(found) == [(8, *WORK)]
    later = read_roster(
        read_text("日期,值班人员\n2031-12-08,刘洋\n值班时间：工作日17:30-次日8:30，节假日8:30-次日8:30\n", "表"),
        PEOPLE,
        today=date(2031, 11, 20),
    )
    assert (later.shifts, [(one.cell, one.kind) for one in later.issues]) == ((), [("A3", "empty")])


def test_of_words_for_weekdays_a_holiday_in_the_week_is_a_doubt():
    found = read("值班时间：周一至周五17:30-次日8:30，周六、周日8:30-次日8:30", [("12", day) for day in (8, 9, 10)])
    assert hours(found) == [(8, *WORK), (10, *WORK)]
    assert [(one.cell, one.kind) for one in found.issues] == [("A6", "empty")]


@pytest.mark.parametrize(
    ("note", "month", "starts"),
    [
        ("夏季（5月1日-9月30日）8:00-次日8:00，冬季（10月1日-次年4月30日）8:30-次日8:30", "12", time(8, 30)),
        ("夏季（5月1日-9月30日）8:00-次日8:00，冬季（10月1日-次年4月30日）8:30-次日8:30", "05", time(8)),
        ("夏季（5月至9月）8:00-次日8:00，冬季8:30-次日8:30", "10", time(8, 30)),
        ("夏令时8:00-次日8:00，冬令时8:30-次日8:30", "12", time(8, 30)),
        ("夏季：8:00-次日8:00 冬季：8:30-次日8:30", "07", time(8)),
    ],
)
def test_summer_and_winter_have_their_own_hours(note, month, starts):
    found = read(f"值班时间：{note}", [(month, 8)])
    assert (hours(found), found.issues) == ([(8, starts, starts)], ())


@pytest.mark.parametrize(
    ("note", "month"),
    [
        ("值班时间：夏令时8:00-次日8:00，冬令时8:30-次日8:30", "10"),
        ("值班时间：12:00-14:30，17:30-次日8:30", "12"),
        ("节假日8:30-次日8:30，法定节假日9:00-次日9:00，工作日17:30-次日8:30", "12"),
        ("节假日值班时间8:30-次日8:30", "12"),
    ],
)
def test_hours_that_are_not_sure_are_a_doubt_and_never_eight_to_eight(note, month):
    day = 13 if note.startswith("节假日8") else 8
    found = read(note, [(month, day)])
    assert (found.shifts, [(one.cell, one.kind) for one in found.issues]) == ((), [("A4", "empty")])


def test_of_day_and_night_the_columns_tell_who_is_when_and_the_leader_has_both():
    note = "说明：白班8:30-20:30，夜班20:30-次日8:30"
    found = read(note, [("12", 8)], head="带班领导,白班,夜班", row="王强,刘洋,赵建国")
    assert found.issues == ()
    assert hours(found) == [(8, time(8, 30), time(20, 30))]
    assert hours(found, "赵建国") == [(8, time(20, 30), time(8, 30))]
    assert hours(found, "王强") == [(8, time(8, 30), time(8, 30))]


def test_of_day_and_night_without_a_word_who_is_when_nobody_is_either():
    found = read("说明：白班8:30-20:30，夜班20:30-次日8:30", [("12", 8)])
    assert [s.name for s in found.shifts] == ["王强"]
    assert [(one.cell, one.kind) for one in found.issues] == [("A4", "empty")]


def test_the_title_of_a_roster_of_holidays_tells_the_hours_of_all_its_days():
    text = "国庆假期值班表（8:30-次日8:30）\n日期,值班人员\n2026-10-01,刘洋\n2026-10-09,刘洋\n"
    found = read_roster(read_text(text, "表"), PEOPLE, today=date(2026, 9, 20))
    assert (hours(found), found.issues) == ([(1, *REST), (9, *REST)], ())


def test_the_hours_of_offices_are_not_those_of_duty():
    found = read("上班时间：上午8:00-12:00，下午14:30-17:30", [("12", 8)])
    assert (hours(found), found.issues) == ([(8, time(8), time(8))], ())


@pytest.mark.parametrize(
    "sheet",
    [
        "2026年12月值班表\n一,二,三,四,五,六,日\n7,8,9,10,11,12,13\n刘洋,刘洋,刘洋,刘洋,刘洋,刘洋,刘洋\n",
        "2026年12月值班表\n姓名,7,8,9,10,11,12,13\n刘洋,班,班,班,班,班,班,班\n",
        "12月值班安排\n" + "".join(f"12月{day}日 值班：刘洋\n" for day in range(7, 14)),
    ],
    ids=["calendar", "marks", "message"],
)
def test_every_layout_goes_by_the_note(sheet):
    text = f"{sheet}值班时间：工作日17:30-次日8:30，节假日8:30-次日8:30\n"
    found = read_roster(read_text(text, "表"), PEOPLE, today=date(2026, 11, 20), calendar=HOLIDAYS)
    assert found.issues == ()
    assert [day for day, start, _ in hours(found) if start == time(8, 30)] == [9, 13]
    assert [day for day, start, _ in hours(found) if start == time(17, 30)] == [7, 8, 10, 11, 12]


def test_the_hours_at_a_name_or_a_day_are_no_rule_for_others():
    lines = ["12月12日（星期六） 值班：王强（8:00-11:00）、刘洋（11:00-次日8:00）", "12月13日（星期日） 值班：刘洋"]
    found = read_roster(read_text("12月值班安排\n" + "\n".join(lines), "表"), PEOPLE, today=date(2026, 11, 20))
    assert found.issues == ()
    assert hours(found) == [(12, time(11), time(8)), (13, time(8), time(8))]
    table = "日期,值班人员\n12月12日,王强（9:00-次日9:00）\n12月13日,刘洋\n"
    assert hours(read_roster(read_text(table, "表"), PEOPLE, today=date(2026, 11, 20))) == [(13, time(8), time(8))]


def test_the_words_of_shifts_may_stand_behind_their_hours():
    for note in ("值班时间：8:30-20:30为白班，20:30-次日8:30为夜班", "8:30-20:30（白班）；20:30-次日8:30（夜班）"):
        found = read(note, [("12", 8)], head="带班领导,白班,夜班", row="王强,刘洋,赵建国")
        assert found.issues == ()
        assert hours(found) == [(8, time(8, 30), time(20, 30))]
        assert hours(found, "赵建国") == [(8, time(20, 30), time(8, 30))]
        assert hours(found, "王强") == [(8, time(8, 30), time(8, 30))]


def test_a_legend_tells_what_the_usual_mark_stands_for():
    rows = "2026年12月值班表\n姓名,7,8,9,10,11\n刘洋,班,班,班,班,白\n王强,休,休,休,休,夜\n"
    note = "说明：班：8:30-次日8:30；白：8:30-17:30；夜：17:30-次日8:30\n"
    found = read_roster(read_text(rows + note, "表"), PEOPLE, today=date(2026, 11, 20))
    assert found.issues == ()
    assert hours(found) == [*((day, *REST) for day in range(7, 11)), (11, time(8, 30), time(17, 30))]
    assert hours(found, "王强") == [(11, time(17, 30), time(8, 30))]


def test_a_shift_in_two_parts_has_both():
    note = "说明：白班8:00-12:00、14:00-18:00；夜班18:00-次日8:00"
    found = read(note, [("12", 8)], head="白班,夜班", row="刘洋,王强")
    assert hours(found) == [(8, time(8), time(12)), (8, time(14), time(18))]
    assert hours(found, "王强") == [(8, time(18), time(8))]
