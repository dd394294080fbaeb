"""The register as a file: permission, masking, what is hidden from whom; a sheet that other programs read."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from cases.register import COLUMNS, HIDDEN, row_of
from cases.roles import Actor, NotPermitted, Role
from routing.calendar import LOCAL
from routing.directory import Directory
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, left_to_people, signed_off
from tests.fakes.directories import small_directory
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, talked, tell_it, unheard
from zhitong.errors import ReportRefused
from zhitong.sheet_files import write_rows
from zhitong.store.engine import reading
from zhitong.store.records import accesses_to
from zhitong.store.register import register_lines
from zhitong.usecases.called_back import called_back
from zhitong.usecases.case_register import case_register
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.merge_cases import merge_cases, split_case

SPAN = {"since": datetime(2025, 9, 1, tzinfo=LOCAL), "until": datetime(2025, 10, 1, tzinfo=LOCAL)}
NOW = MORNING + timedelta(days=2)
SUPERVISION = Actor(name="督查孙兰", roles=frozenset({Role.SUPERVISION}))


@pytest.fixture
def directory() -> Directory:
    return small_directory()


def lines(engine: Engine, directory: Directory, by: Actor = LEADER, **how: object) -> list[dict[str, str]]:
    found = case_register(engine, by=by, now=NOW, directory=directory, **SPAN, **how)  # type: ignore[arg-type]
    return [dict(zip(COLUMNS, row_of(one), strict=True)) for one in found]


def test_a_case_from_call_to_callback_is_one_line_with_its_number_masked(engine: Engine, directory: Directory) -> None:
    tell_it(engine, RULES, talked(), unheard())
    signed_off(engine, RULES, number=NUMBER, now=MORNING + timedelta(days=1))
    first, second = lines(engine, directory)
    assert (first["编号"], first["状态"], first["来电号码"]) == (NUMBER, "办结", "138****0001")
    assert first["审核人"] == HEAD.name and first["首接单位"] == "水务局" and "反馈" in first["办理经过"]
    assert first["办理时限"] and first["反馈时间"] == "2025-09-12 09:20:30"
    assert second["状态"] == "受理" and second["录音"] == "无"
    (shown, _) = lines(engine, directory, full_numbers=True)
    assert shown["来电号码"] == CITIZEN
    with reading(engine) as connection:
        looks = [(row.who, row.what, row.unmasked) for row in accesses_to(connection, None)]
    assert looks == [(LEADER.name, "登记簿", False), (LEADER.name, "登记簿", True)]


def test_who_may_not_gets_no_line_and_the_head_of_a_unit_those_of_his_own(engine: Engine, directory: Directory) -> None:
    tell_it(engine, RULES, talked(), ToldCall("1757553630.9").opened().note(9, "ended", outcome="gone"))
    with pytest.raises(NotPermitted):
        lines(engine, directory, by=HANDLER)
    with pytest.raises(NotPermitted, match="导出完整号码"):
        lines(engine, directory, by=HEAD, full_numbers=True)
    assert [one["编号"] for one in lines(engine, directory, by=HEAD)] == [NUMBER]
    assert len(lines(engine, directory)) == 2


def test_what_is_secret_is_shown_to_supervision_alone(engine: Engine, directory: Directory) -> None:
    tell_it(engine, RULES, talked())
    changes = {"secrecy": "保密", "name": "陈秀英", "address": "老街 12 号"}
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="群众要求", now=NOW, matters={}, **changes)
    for by in (LEADER, DESK):
        (one,) = lines(engine, directory, by=by, full_numbers=True)
        assert one["来电号码"] == one["姓名"] == one["内容"] == HIDDEN and CITIZEN not in "".join(one.values())
    (one,) = lines(engine, directory, by=SUPERVISION)
    assert one["姓名"] == "陈秀英"


def test_a_unit_does_not_read_who_complains_of_it(engine: Engine, directory: Directory) -> None:
    unit = directory.units[0]
    call = ToldCall().opened().understood(text=f"我要投诉{unit.name}，窗口没有人", type="投诉")
    call.note(4.1, "planned", rungs=[], unit=unit.name, why="x").note(5, "talk", i=1, number="1")
    tell_it(engine, RULES, call.note(50, "ended", outcome="talk"))
    head = Actor(name="局长王明", roles=frozenset({Role.UNIT_HEAD}), units=frozenset({unit.name}))
    (one,) = lines(engine, directory, by=head)
    assert one["内容"] == one["来电号码"] == HIDDEN
    (one,) = lines(engine, directory)
    assert "窗口没有人" in one["内容"]


def test_what_a_citizen_told_a_person_who_called_back_stands_on_the_line(engine: Engine, directory: Directory) -> None:
    tell_it(engine, RULES, talked())
    closed = MORNING + timedelta(days=1)
    signed_off(engine, RULES, number=NUMBER, now=closed)
    called = closed + timedelta(hours=1)
    left_to_people(engine, RULES, number=NUMBER, now=closed)
    said = {"satisfied": "不满意", "why": "拖得太久"}
    called_back(engine, RULES, number=NUMBER, by=SUPERVISION, outcome="解决", now=called, **said)
    (one,) = lines(engine, directory, by=SUPERVISION)
    assert (one["回访时间"], one["回访结果"]) == ("2025-09-12 10:20:30", "群众确认解决")
    assert (one["解决没有"], one["群众评价"], one["不满意原因"]) == ("是", "不满意", "拖得太久")


def test_the_cases_answered_together_stand_on_both_lines_until_they_are_parted(
    engine: Engine, directory: Directory
) -> None:
    tell_it(engine, RULES, talked(), talked("1757553630.9", MORNING + timedelta(minutes=3)))
    one, two = (line["编号"] for line in lines(engine, directory))
    merge_cases(engine, RULES, number=two, into=one, by=DESK, reason="同一根水管", now=NOW)
    assert [line["关联单"] for line in lines(engine, directory)] == [two, one]
    split_case(engine, RULES, number=two, by=DESK, reason="不是一回事", now=NOW)
    assert [line["关联单"] for line in lines(engine, directory)] == ["", ""]


def test_portions_meet_without_a_gap_or_a_case_twice(engine: Engine) -> None:
    tell_it(engine, RULES, *(talked(f"17575536{n:02d}.{n}", MORNING + timedelta(minutes=n // 3)) for n in range(10)))
    found = [one.case.number for one in register_lines(engine, **SPAN, at_once=3)]
    assert len(set(found)) == 10 and found == sorted(found)


ROWS = [["20250911-092030-0007", "'=1+1", "停水\n三天，“急”"], ["2", "", ""]]


def test_a_csv_opens_in_excel_and_a_sheet_in_anything(tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx"):
        assert write_rows(tmp_path / name, ["编号", "甲", "乙"], iter(ROWS), title="登记簿") == 2
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["编号", "甲", "乙"], *ROWS]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["登记簿"]
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert cells == [["编号", "甲", "乙"], *ROWS]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row}.isdisjoint({"f"}), "no formula"


def broken() -> list[list[str]]:
    raise ReportRefused("不行")


def test_what_breaks_off_leaves_the_file_as_it_was(tmp_path: Path, engine: Engine, directory: Directory) -> None:
    path = tmp_path / "a.csv"
    write_rows(path, ["编号"], [["1"]], title="登记簿")

    def rows() -> object:
        yield ["2"]
        broken()

    with pytest.raises(ReportRefused):
        write_rows(path, ["编号"], rows(), title="登记簿")  # type: ignore[arg-type]
    assert "1" in path.read_text(encoding="utf-8-sig") and [one.name for one in tmp_path.glob("*.csv*")] == ["a.csv"]
    with pytest.raises(ReportRefused, match=r"\.xlsx 或 \.csv"):
        write_rows(tmp_path / "a.doc", ["编号"], [], title="登记簿")
    with pytest.raises(ReportRefused, match="写不进去"):
        write_rows(tmp_path / "none" / "a.csv", ["编号"], [], title="登记簿")
