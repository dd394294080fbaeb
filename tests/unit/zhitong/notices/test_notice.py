"""What a notice says, and above all what it never says."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case
from cases.sla import SlaClock
from routing.calendar import LOCAL
from zhitong.notices.notice import (
    KINDS,
    SECRET,
    TEMPLATES,
    Notice,
    call_rings,
    clock_warning,
    missed_call,
    not_solved,
    surge_opened,
    text_of,
)

MORNING = datetime(2026, 3, 4, 10, 40, tzinfo=LOCAL)
UNITS, TOWNS = ("水务局", "扎西镇人民政府", "能源局"), frozenset({"扎西镇", "双河乡"})
CASE = Case(
    number="20260304-104000-0057",
    call_id="1795291888.57",
    caller="13900000001",
    dialled="08702128888",
    answered_at=MORNING,
    urgency="orange",
    place="扎西镇河边三组",
    unit="水务局",
)

# None of these characters is in a template, or in the name of a unit or a town.
_names = st.text("张李赵陈刘杨黄周吴徐孙马朱胡林", min_size=2, max_size=3)
_numbers = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
_words = st.text("停坏吵欠薪补偿违法占道噪垃圾", min_size=4, max_size=30)
_below_town = st.text("沟坪坝岩湾组寨巷", min_size=2, max_size=6)
_cases = st.builds(
    lambda caller, name, official, words, result, town, below, unit, urgency, kind: Case(
        number=CASE.number,
        call_id="1795291888.57",
        caller=caller,
        dialled="08702128888",
        answered_at=MORNING,
        matter="A1",
        matter_name=words,
        type=kind,
        urgency=urgency,
        place=f"{town}{below}{name}家",
        unit=unit or official,
        official=official,
        transcript=f"我叫{name}，电话{caller}，{words}",
        result=result,
        closed_by=official,
    ),
    *(_numbers, _names, _names, _words, _words, st.sampled_from(["", *TOWNS]), _below_town),
    *(st.sampled_from(["", "没有的局", *UNITS]), st.sampled_from(["red", "orange", "yellow", "normal", "", "violet"])),
    st.sampled_from(["", "投诉", "举报"]),
)


def missed(case: Case = CASE, *, secret: bool = False) -> Notice:
    return missed_call(case, secret=secret, units=UNITS, towns=TOWNS)


def test_a_missed_call_is_told_by_number_colour_unit_town_and_time() -> None:
    said = "工单 20260304-104000-0057（橙色，水务局，扎西镇）：03月04日 10:40 来电没有人接谈，请看工单办理。"
    assert text_of(missed()) == said
    assert text_of(replace(missed(), at=MORNING.astimezone(UTC))) == said


LINES = ("问清来龙去脉", "先听完，不争辩", "讲明谁来办")


def test_who_is_rung_reads_which_case_it_is_and_three_lines_in_two_parts_of_a_text() -> None:
    lists = {"secret": False, "units": UNITS, "towns": TOWNS}
    told = call_rings(CASE, script=LINES, **lists)  # type: ignore[arg-type]
    said = "来电：工单 20260304-104000-0057（橙色，水务局，扎西镇）。①问清来龙去脉②先听完，不争辩③讲明谁来办"
    assert text_of(told) == said
    long = replace(told, script=("问" * 24, "听" * 24, "讲" * 24), unit="很长的名称" * 4, town="很长的名称" * 4)
    text = text_of(long)
    assert len(f"{text}（通知号 1234567890）") <= 134 and all(line in text for line in long.script)
    assert "（橙色）" in text, "the names of unit and town are left out first"
    assert text_of(call_rings(CASE, script=LINES, secret=True, units=UNITS, towns=TOWNS)) == SECRET


def test_a_surge_is_told_by_its_first_case_and_nothing_else() -> None:
    text = text_of(surge_opened(CASE, secret=False, units=UNITS, towns=TOWNS))
    assert text.startswith("集中来电，从工单 20260304-104000-0057（橙色，水务局，扎西镇）03月04日 10:40 起：")


def test_a_clock_that_runs_out_is_told_in_the_colour_of_the_warning() -> None:
    clock = SlaClock(code="close", name="办结", round=0, started_at=MORNING, due_at=MORNING, policy="135")
    lists = {"secret": False, "units": UNITS, "towns": TOWNS}
    text = text_of(clock_warning(CASE, clock, colour="red", late=True, **lists))  # type: ignore[arg-type]
    assert text == "工单 20260304-104000-0057（红色，水务局，扎西镇）：办结时限 03月04日 10:40，已经过了，请马上办。"
    own = replace(clock, name="http://办结")
    text = text_of(clock_warning(CASE, own, colour="yellow", late=False, **lists))  # type: ignore[arg-type]
    assert text == "工单 20260304-104000-0057（黄色，水务局，扎西镇）：时限 03月04日 10:40，快到了，请抓紧办。"


def test_a_rework_is_told_by_its_case_and_never_in_the_citizens_words() -> None:
    text = text_of(not_solved(CASE, secret=False, units=UNITS, towns=TOWNS))
    assert CASE.number in text and "没解决" in text
    assert text_of(not_solved(CASE, secret=True, units=UNITS, towns=TOWNS)) == SECRET


def test_of_what_is_secret_only_that_there_is_something() -> None:
    assert text_of(missed(secret=True)) == SECRET == "您有一件待办。"


def test_nothing_is_told_of_a_unit_or_place_that_is_in_no_list() -> None:
    strange = replace(CASE, unit="张三的公司", place="李四家", urgency="violet")
    assert text_of(missed(strange)).startswith("工单 20260304-104000-0057（一般）")


@given(_cases, st.sampled_from(sorted(KINDS)), st.booleans())
def test_no_template_ever_tells_a_name_a_number_a_place_below_its_town_or_words(
    case: Case, kind: str, secret: bool
) -> None:
    text = text_of(replace(missed(case, secret=secret), kind=kind))  # type: ignore[arg-type]
    place = case.place
    for town in TOWNS:
        place = place.replace(town, "")
    for told in (case.caller, case.official, case.transcript, case.result, case.matter_name, place, case.dialled):
        assert told not in text
        for start in range(len(told) - 1):
            piece = told[start : start + 2]
            assert piece not in text or re.fullmatch(r"[\d，]{2}|我叫|电话", piece), piece
    assert not re.search(r"\d{5,}", text.replace(case.number, ""))


def test_there_is_a_text_for_each_kind_and_it_is_filled_from_nothing_else() -> None:
    assert TEMPLATES.keys() == KINDS.keys()
    for template in TEMPLATES.values():
        filled = {name for _, name, _, _ in Formatter().parse(template) if name}
        assert filled <= {"case_number", "what", "at", "clock", "left", "open", "soon", "late_cases", "script"}
    known = {"kind", "at", "case_number", "colour", "unit", "town", "secret", "clock", "late"}
    known |= {"open", "soon", "late_cases", "script"}
    assert {field.name for field in fields(Notice)} == known


@pytest.mark.parametrize(
    "wrong",
    [
        {"case_number": "13900000001"},
        {"unit": "13900000001"},
        {"town": "扎西镇3组"},
        {"town": "我住在扎西镇河边今天又停水了没有人管怎么办"},
        {"colour": "张三"},
        {"clock": "13900000001"},
        {"at": datetime(2026, 3, 4)},  # noqa: DTZ001
    ],
)
def test_a_notice_that_would_hold_anything_else_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="notice"):
        Notice(**{"kind": "missed", "at": MORNING, **wrong})  # type: ignore[arg-type]
