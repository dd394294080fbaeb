"""A sheet of another platform is read by its headings, row by row; what cannot be is said, nothing is guessed."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cases.case import Case
from cases.exchange import Headings, Sheet, columns, load_headings, read_sheet
from cases.register import Registered, row_of
from cases.sla import BadPolicy
from routing.calendar import LOCAL
from tests.fakes.told_calls import CONFIG, MORNING

HEADINGS: Headings = load_headings(CONFIG / "exchange.toml")
MATTERS = {"A1": "供水饮水", "B2": "医疗保障"}
NOW = MORNING + timedelta(days=1)
TOP = [
    "序号",
    "工单编号*",
    "来 电 时 间",
    "联系电话",
    "姓名",
    "工单类型",
    "问题分类",
    "紧急程度",
    "诉求内容（必填）",
    "承办单位",
    "状态",
]
ROW = [
    "1",
    "WX2025-01",
    "2025-09-11 08:01:02",
    "138 0000-0001",
    "陈秀英",
    "投诉类",
    "供水饮水",
    "特急",
    "停水三天",
    "水务局",
    "待办",
]


def read(*rows: list[str], top: list[str] = TOP) -> Sheet:
    return read_sheet(list(enumerate([["12345工单导出"], top, *rows], start=1)), HEADINGS, matters=MATTERS, now=NOW)


def changed(**cells: str) -> list[str]:
    return [
        cells.get(name.strip("*").replace(" ", "").partition("（")[0], old) for name, old in zip(TOP, ROW, strict=True)
    ]


def test_headings_are_found_below_a_title_whatever_signs_stand_in_them() -> None:
    found = read(ROW, ["", " ", *[""] * 9])
    assert found.faults == () and found.unknown == ("序号",)
    (one,) = found.rows
    assert (one.row, one.their_number, one.call_id) == (3, "WX2025-01", "12345:WX2025-01")
    assert one.called_at == datetime(2025, 9, 11, 8, 1, 2, tzinfo=LOCAL)
    assert (one.caller, one.type, one.matter, one.urgency) == ("13800000001", "投诉", "A1", "red")
    assert (one.content, one.unit, one.over, one.notes) == ("停水三天", "水务局", False, ())


@pytest.mark.parametrize(
    ("said", "tag"), [("省级交办", "省级交办"), ("市级", "市级交办"), ("市12345平台", ""), ("本级", ""), ("", "")]
)
def test_who_handed_it_down_is_read_from_a_column_of_its_own(said: str, tag: str) -> None:
    (one,) = read([*ROW, said], top=[*TOP, "交办级别"]).rows
    assert one.above == tag


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"工单编号": ""}, "没有工单编号"),
        ({"工单编号": "9" * 61}, "有 61 个字，最多 60 个"),
        ({"工单编号": "2.0250911E+16"}, "科学计数"),
        ({"诉求内容": " "}, "没有诉求内容"),
        ({"来电时间": ""}, "时限不知道从哪一刻算起"),
        ({"来电时间": "上午"}, "来电时间 '上午' 读不出"),
        ({"来电时间": "2025-02-30 08:00"}, "读不出"),
        ({"来电时间": "2025-09-13 08:00"}, "还没有到"),
    ],
)
def test_what_a_row_must_say_and_does_not_is_told_with_its_row(cells: dict[str, str], fault: str) -> None:
    found = read(changed(**cells), ROW)
    assert [one.row for one in found.rows] == [4]
    (told,) = found.faults
    assert told.startswith("第 3 行：") and fault in told


def test_all_faults_of_a_row_are_told_at_once() -> None:
    (told,) = read(changed(工单编号="", 诉求内容="", 来电时间="x")).faults
    assert told.count("；") >= 2


def test_one_number_on_two_rows_is_a_fault_of_the_second() -> None:
    found = read(ROW, ROW)
    assert found.faults == ("第 4 行：工单编号和第 3 行一样",) and len(found.rows) == 1


def test_what_is_not_known_is_left_empty_and_noted() -> None:
    (one,) = read(changed(工单类型="其他", 问题分类="环保")).rows
    assert (one.type, one.matter) == ("", "") and len(one.notes) == 2


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ({"紧急程度": "非紧急"}, ("投诉", "normal")),
        ({"紧急程度": "紧急件"}, ("投诉", "orange")),
        ({"工单类型": "投诉举报"}, ("举报", "red")),
    ],
)
def test_words_are_not_taken_for_their_contrary(cells: dict[str, str], kept: tuple[str, str]) -> None:
    (one,) = read(changed(**cells)).rows
    assert (one.type, one.urgency) == kept


@pytest.mark.parametrize(("text", "kept"), [("是", "保密"), ("不保密", ""), ("否", ""), ("匿名", "匿名"), ("", "")])
def test_what_is_to_stay_secret(text: str, kept: str) -> None:
    (one,) = read([*ROW, text], top=[*TOP, "是否保密"]).rows
    assert one.secrecy == kept


@pytest.mark.parametrize(
    "text", ["2025/9/11 8:01:02", "2025年9月11日 8时01分02", "2025-09-11T08:01:02", "2025.9.11 08：01：02"]
)
def test_times_as_platforms_write_them(text: str) -> None:
    (one,) = read(changed(来电时间=text)).rows
    assert one.called_at == datetime(2025, 9, 11, 8, 1, 2, tzinfo=LOCAL)


def test_the_citizens_call_counts_before_the_time_of_registration() -> None:
    top = [*TOP, "受理时间"]
    (one,) = read([*ROW, "2025-09-11 10:00"], top=top).rows
    (late,) = read([*changed(来电时间=""), "2025-09-11 10:00"], top=top).rows
    assert (one.called_at.hour, late.called_at.hour) == (8, 10)


def test_what_they_have_finished_is_marked() -> None:
    assert read(changed(状态="已办结")).rows[0].over


def test_a_sheet_without_headings_or_with_one_meaning_twice_is_refused() -> None:
    assert "找不到表头" in read_sheet([(1, ["甲", "乙"])], HEADINGS, matters=MATTERS, now=NOW).faults[0]
    assert "一个意思" in read([*ROW, "x"], top=[*TOP, "工单号"]).faults[0]
    assert read().faults == ("表头下面没有工单",)


def test_what_is_given_back_is_read_as_the_same_case() -> None:
    case = Case(
        number="20250911-080102-0001",
        call_id="12345:WX2025-01",
        caller="13800000001",
        dialled="",
        answered_at=datetime(2025, 9, 11, 8, 1, 2, tzinfo=LOCAL),
        type="投诉",
        matter_name="供水饮水",
        transcript="=停水三天",
        result="水来了",
    )
    there = columns(HEADINGS)
    rows = [list(there), row_of(Registered(case=case), there)]
    found = read_sheet(list(enumerate(rows, start=1)), HEADINGS, matters=MATTERS, now=NOW)
    assert found.faults == () and found.unknown == ()
    (one,) = found.rows
    assert (one.call_id, one.our_number, one.called_at) == (case.call_id, case.number, case.answered_at)
    assert (one.content, one.matter, one.caller) == ("=停水三天", "A1", "13800000001")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[headings]\nwho = ["谁"]', "headings.who 不认识"),
        ('[headings]\nname = ["姓名"]\ncaller = ["姓 名"]', "写在 headings.name 和 headings.caller 两处"),
        ("[headings]\nname = 1", "请写成"),
        ('[headings]\nname = ["姓名"]', "缺少 headings.their_number"),
        ("x = 1", "x 不认识"),
    ],
)
def test_headings_that_cannot_be_are_told(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "exchange.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadPolicy, match=fault):
        load_headings(path)
