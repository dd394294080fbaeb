"""The register: a line tells all, a cell is never a formula, and what is secret stays so."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case
from cases.record import CaseRecord, RecordKind
from cases.register import COLUMNS, HIDDEN, Called, Registered, cell, latest, row_of
from cases.sla import SlaClock
from tests.fakes.told_calls import MORNING

CASE = Case(
    number="20250911-092030-0007",
    call_id="1.7",
    caller="138****0001",
    dialled="12345",
    answered_at=MORNING,
    name="陈秀英",
    address="老街 12 号",
    place="扎西镇",
    type="投诉",
    demand="停水三天",
    unit="水务局",
    reply="已经修好",
    result="水来了",
)


def line(one: Registered) -> dict[str, str]:
    return dict(zip(COLUMNS, row_of(one), strict=True))


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+86138", "-1", "@SUM(A1)", "  =1+1", "\t=1", "\r\n=1", "\0=1", "＝1+1"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text).startswith("'")


@given(st.text())
def test_whatever_was_said_a_cell_begins_with_no_sign_of_a_formula_and_a_sheet_can_hold_it(text: str) -> None:
    shown = cell(text)
    assert shown.lstrip()[:1] not in ("=", "+", "-", "@") or not shown
    assert all(letter >= " " or letter == "\n" for letter in shown)


def test_a_cell_that_no_spreadsheet_holds_is_cut_and_says_so() -> None:
    assert cell("水" * 40_000).endswith("（太长，请看工单）") and len(cell("水" * 40_000)) < 32_767


def test_a_line_tells_who_has_it_until_when_what_was_done_and_what_the_citizen_said() -> None:
    one = Registered(
        case=CASE,
        clocks=(
            SlaClock(
                code="close",
                name="办结",
                round=0,
                started_at=MORNING,
                due_at=MORNING + timedelta(days=5),
                policy="135",
            ),
        ),
        history=((MORNING, "来电"), (MORNING + timedelta(minutes=1), "交办"), (MORNING + timedelta(days=1), "交办")),
        called=Called(at=MORNING + timedelta(days=2), outcome="群众确认解决", solved="yes", satisfied="middle"),
        recordings=2,
    )
    told = line(one)
    assert told["责任单位"] == "水务局" and told["办理时限"] == "2025-09-16 09:20:30"
    assert told["交办时间"] == "2025-09-11 09:21:30" and told["录音"] == "2 段"
    assert (told["解决没有"], told["群众评价"]) == ("是", "基本满意")
    assert told["办理经过"] == "09-11 09:20 来电；09-11 09:21 交办；09-12 09:20 交办"


def test_who_did_not_rate_is_not_shown_as_satisfied() -> None:
    assert line(Registered(case=CASE))["群众评价"] == ""
    assert line(Registered(case=CASE, called=Called(at=MORNING, outcome="没人接")))["群众评价"] == "没有问到"
    assert line(Registered(case=CASE, called=Called(at=MORNING, solved="yes")))["群众评价"] == "没有评价"


def test_who_called_and_what_was_said_is_hidden_in_what_is_secret() -> None:
    told = line(Registered(case=CASE, secret=True, called=Called(at=MORNING, solved="no", why="他来找过我")))
    hidden = {name for name, text in told.items() if text == HIDDEN}
    assert hidden == {"来电号码", "姓名", "地址", "地点", "标题", "诉求", "答复", "给群众的话", "不满意原因"}
    assert not any(word in "".join(told.values()) for word in ("138", "陈秀英", "老街", "停水", "他来"))


def test_conduct_is_for_supervision_and_in_no_register() -> None:
    records = [
        CaseRecord(id=n, case_number="1", kind=kind, owner="能源局", text="", opened_at=MORNING, opened_by="督查")
        for n, kind in enumerate((RecordKind.CONDUCT, RecordKind.CO_HANDLE, RecordKind.SUPERVISE))
    ]
    told = line(Registered(case=CASE, records=tuple(records)))
    assert (told["协办单位"], told["督办领办等"]) == ("能源局", "督办：能源局，没有完")


def test_the_last_answer_counts_not_a_try_after_it() -> None:
    calls = [Called(at=MORNING + timedelta(days=n), solved=said) for n, said in enumerate(("no", "yes", ""))]
    found = latest(calls)
    assert found is not None and found.solved == "yes" and latest([]) is None


def test_what_it_is_about_its_extensions_and_what_came_with_it_have_columns_of_their_own() -> None:
    asked = CaseRecord(
        id=1,
        case_number="1",
        kind=RecordKind.EXTENSION,
        owner="副县长",
        text="等配件",
        opened_at=MORNING,
        opened_by="张三",
        outcome="同意延 5 天",
        detail={"count": 5, "unit": "days"},
    )
    case = replace(CASE, matter_name="供水饮水", transcript="停水了")
    told = line(Registered(case=case, records=(asked,), attachments=2, related=("20250911-093000-0008",)))
    assert (told["标题"], told["内容"], told["诉求"]) == ("扎西镇供水饮水", "停水了", "停水三天")
    assert (told["延期"], told["督办领办等"]) == ("张三申请 5 天，同意延 5 天", "")
    assert (told["附件"], told["关联单"]) == ("2 个", "20250911-093000-0008")
