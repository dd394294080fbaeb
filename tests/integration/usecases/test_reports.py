"""日提醒 周对账 月考评: counts that add up, made once, and told to who is to act on them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from cases.accused import kept_with, official_keys
from cases.red_lines import load_red_lines
from cases.roles import Actor, NotPermitted, Role
from tests.fakes.closing import DESK, left_to_people, settled
from tests.fakes.told_calls import CONFIG, MORNING, NUMBER, RULES, talked, tell_it, unheard
from zhitong.report_files import make_reports
from zhitong.store.cases import get_case, meet_clock, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.usecases.called_back import called_back
from zhitong.usecases.red_lines import red_lines
from zhitong.usecases.reports import daily, moments, month_before, monthly, week_before, weekly

SUPERVISOR = Actor(name="督查老吴", roles=frozenset({Role.SUPERVISION}))
NOW = MORNING + timedelta(hours=1)
DUE = MORNING + timedelta(days=7)  # five working days later
OTHER = "20250911-092030-0008"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """One case of the water bureau, one of nobody, both of a Thursday."""
    tell_it(engine, RULES, talked(), unheard())
    return engine


def test_each_unit_is_told_what_is_open_due_today_and_late(engine: Engine) -> None:
    assert daily(engine, now=NOW).rows == (("水务局", "2", "0", "0"), ("合计", "2", "0", "0"))
    assert daily(engine, now=DUE.replace(hour=9)).rows[0] == ("水务局", "2", "2", "0")
    assert daily(engine, now=DUE + timedelta(days=1)).rows[0] == ("水务局", "2", "0", "2")
    settled(engine, RULES, number=NUMBER, now=NOW)
    assert daily(engine, now=DUE + timedelta(days=1)).rows[0] == ("水务局", "1", "0", "1")


def test_a_week_adds_up_and_the_next_begins_with_what_was_left(engine: Engine) -> None:
    settled(engine, RULES, number=NUMBER, now=NOW)
    left_to_people(engine, RULES, number=NUMBER, now=NOW)
    called_back(engine, RULES, number=NUMBER, by=SUPERVISOR, outcome="解决", now=NOW + timedelta(days=6))
    first, second = (moments(date(2025, 9, day), date(2025, 9, day + 6)) for day in (8, 15))
    assert weekly(engine, since=first[0], until=first[1]).rows[-1] == ("合计", "0", "2", "0", "2")
    assert weekly(engine, since=second[0], until=second[1]).rows[-1] == ("合计", "2", "0", "1", "1")


def test_a_month_has_a_row_for_each_unit_and_for_all_with_both_numbers(engine: Engine) -> None:
    since, until = moments(date(2025, 9, 1), date(2025, 9, 30))
    table = monthly(engine, RULES, since=since, until=until, now=DUE, targets={"in_time": 100})
    assert [row[0] for row in table.rows] == ["水务局", "合计"]
    in_time = table.headings.index("按时办结率（目标 100 %）")
    assert table.rows[0][in_time] == "没有", "nothing was due yet"
    later = monthly(engine, RULES, since=since, until=until, now=DUE + timedelta(days=3), targets={"in_time": 100})
    assert later.rows[0][in_time] == "0 %（0/2）"


def test_in_a_month_each_figure_stands_below_its_heading_whatever_ways_a_unit_s_cases_came(engine: Engine) -> None:
    with writing(engine) as connection:
        for number, change in ((NUMBER, {"channel": "来信"}), (OTHER, {"unit": "能源局"})):
            update_cases(connection, [replace(get_case(connection, number), **change)])
            meet_clock(connection, number, "close", round=0, at=NOW)
    since, until = moments(date(2025, 9, 1), date(2025, 9, 30))
    table = monthly(engine, RULES, since=since, until=until, now=DUE, targets={})
    rows = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    by_letter, by_phone = (f"满意率（回访，{channel}来件）" for channel in ("来信", "电话"))
    assert rows["合计"][by_letter] == rows["合计"][by_phone] == "没有"
    assert (rows["能源局"][by_letter], rows["水务局"][by_phone]) == ("", ""), "neither had any of these"
    assert rows["合计"]["当场办结率"] == "100 %（2/2）"


def made(engine: Engine, folder: Path, now: datetime) -> list[str]:
    calendar = RULES.calendar()
    return [path.name for path in make_reports(engine, RULES, calendar, folder=folder, now=now, targets={})]


def test_reports_make_themselves_once_and_on_workdays_units_are_told(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    monday = datetime(2025, 9, 22, 8, 29, tzinfo=MORNING.tzinfo)
    assert made(engine, folder, monday) == []
    at = monday + timedelta(minutes=1)
    names = ["日提醒-2025-09-22.xlsx", "周对账-2025-09-15至2025-09-21.xlsx", "月考评-2025-08.xlsx"]
    assert made(engine, folder, at) == names
    assert made(engine, folder, at) == []
    sheet = load_workbook(folder / names[0]).active
    assert sheet is not None and [cell.value for cell in sheet[2]] == ["水务局", "2", "0", "2"]
    (folder / names[0]).unlink()  # as if it had died between the notice and the file
    made(engine, folder, at + timedelta(minutes=10))
    with reading(engine) as connection:
        (task,) = open_tasks(connection, kind="notice:daily")
    assert task.detail == {"unit": "水务局", "open": 2, "soon": 0, "late": 2}
    assert made(engine, folder, datetime(2025, 9, 27, 9, tzinfo=MORNING.tzinfo)) == [], "a Saturday"


def test_the_week_and_the_month_before_are_whole_ones() -> None:
    assert week_before(date(2026, 1, 1)) == (date(2025, 12, 22), date(2025, 12, 28))
    assert week_before(date(2025, 9, 22)) == (date(2025, 9, 15), date(2025, 9, 21))
    assert month_before(date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))
    assert month_before(date(2024, 3, 1)) == (date(2024, 2, 1), date(2024, 2, 29))


def test_supervision_sees_which_case_crossed_a_red_line_and_the_desk_does_not(engine: Engine) -> None:
    lines = load_red_lines(CONFIG / "policies" / "red_lines.toml")
    since, until = moments(date(2025, 9, 1), date(2025, 9, 30))
    late = DUE + timedelta(days=1)
    found = {
        one.case.number: [name for name, _ in crossed]
        for one, crossed in red_lines(engine, lines, by=SUPERVISOR, since=since, until=until, now=late)
    }
    assert found.keys() == {NUMBER, OTHER} and "超时限" in found[NUMBER] and "不签收" in found[NUMBER]
    with writing(engine) as connection:
        case = replace(get_case(connection, OTHER), accused=kept_with("", official_keys("sun", "孙兰")))
        update_cases(connection, [case])
    himself = replace(SUPERVISOR, official="sun")
    assert [one.case.number for one, _ in red_lines(engine, lines, by=himself, since=since, until=until, now=late)] == [
        NUMBER
    ], "what complains of who looks is not there"
    with pytest.raises(NotPermitted):
        red_lines(engine, lines, by=DESK, since=since, until=until, now=late)
