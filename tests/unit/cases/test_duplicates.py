"""Which cases may be one matter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.case import Case
from cases.duplicates import alike
from tests.fakes.told_calls import MORNING

SAID = "扎西镇老街停水三天了没有人管"
CASE = Case(
    number="1",
    call_id="1",
    caller="13800000001",
    dialled="1",
    answered_at=MORNING,
    matter="A1",
    place="扎西镇",
    transcript=SAID,
)
OTHER = replace(CASE, number="2", call_id="2", caller="13800000002", answered_at=MORNING + timedelta(days=1))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (OTHER, ("同一事项", "同一地点", "说的话相近")),
        (replace(OTHER, transcript=""), ("同一事项", "同一地点")),
        (replace(OTHER, caller=CASE.caller, place="", transcript=""), ("同一个号码", "同一事项")),
        (replace(OTHER, matter="", place="", caller=CASE.caller), ("同一个号码", "说的话相近")),
        (replace(OTHER, matter="A2"), ("同一地点", "说的话相近")),
    ],
)
def test_what_may_be_one_matter_is_proposed_with_its_reasons(other: Case, why: tuple[str, ...]) -> None:
    assert [one.why for one in alike(CASE, [other])] == [why]


@pytest.mark.parametrize(
    "other",
    [
        CASE,
        replace(OTHER, matter="A2", caller=CASE.caller, transcript="路灯坏了一个月不亮"),
        replace(OTHER, place="旧城镇", transcript=""),
        replace(OTHER, answered_at=MORNING + timedelta(days=31)),
        replace(OTHER, matter="", place="", transcript=""),
    ],
)
def test_what_is_another_matter_is_not(other: Case) -> None:
    assert alike(CASE, [other]) == []


def test_callers_without_a_number_are_not_the_same_caller() -> None:
    hidden = replace(CASE, caller="", matter="", transcript="")
    assert alike(hidden, [replace(hidden, number="2")]) == []


def test_the_likest_comes_first() -> None:
    likest = replace(OTHER, number="3", caller=CASE.caller)
    assert [one.case.number for one in alike(CASE, [OTHER, likest])] == ["3", "2"]
