"""必填项: what a county may demand, and what a case lacks of it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from cases.case import Case
from cases.mandatory import FIELDS, Mandatory, missing, read_mandatory
from routing.calendar import LOCAL

BARE = Case(
    number="1", call_id="1.1", caller="", dialled="12345", answered_at=datetime(2025, 9, 11, 9, 20, tzinfo=LOCAL)
)
FULL = replace(
    BARE,
    caller="13800000001",
    type="投诉",
    matter="A1",
    unit="水务局",
    transcript="停水了",
    place="扎西镇",
    address="老街 12 号",
    name="陈秀英",
    sex="女",
    call_when="下班以后",
    official="赵敏",
)


def test_what_a_case_lacks_is_named_all_at_once_and_what_the_caller_said_is_the_demand() -> None:
    assert missing(BARE) == ("类型", "事项", "承办单位", "诉求")
    assert missing(BARE, tuple(FIELDS)) == tuple(FIELDS) and missing(FULL, tuple(FIELDS)) == ()


def test_who_wants_to_stay_unknown_is_not_asked_who_he_is() -> None:
    assert missing(replace(BARE, secrecy="匿名"), ("姓名", "联系电话", "地址", "诉求")) == ("诉求",)
    assert missing(replace(BARE, secrecy="保密"), ("姓名",)) == ("姓名",)


def test_a_step_that_a_county_does_not_write_keeps_what_is_usual() -> None:
    assert read_mandatory({}) == (Mandatory(), [])
    assert read_mandatory({"decline": [], "assign": ["诉求"]}) == (Mandatory(decline=(), assign=("诉求",)), [])


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("类型", ["mandatory 是 '类型'；请写成 [mandatory] 一节"]),
        ({"reply": []}, ["mandatory.reply 不认识；只有 assign（交办）、close（反馈、办结）、decline（不予受理）"]),
        ({"close": "类型"}, ['mandatory.close 是 \'类型\'；请写成 ["类型", "诉求"]，不要求的写 []']),
        (
            {"assign": ["类别"], "close": ["类型", "类型"]},
            [
                f"mandatory.assign 里的 '类别' 不认识；可以写 {'、'.join(FIELDS)}",
                "mandatory.close 里的 '类型' 写了几次",
            ],
        ),
    ],
)
def test_all_that_is_wrong_is_told_with_field_value_and_mend(raw: Any, told: list[str]) -> None:
    assert read_mandatory(raw) == (Mandatory(), told)
