"""Which cases may be one matter."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cases.case import Case
from cases.duplicates import Likeness, LikenessRules, load_likeness_rules
from cases.duplicates import alike as likenesses
from cases.sla import BadPolicy
from tests.fakes.told_calls import CONFIG, MORNING

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
RULES = LikenessRules()
TOWNS = ("扎西镇", "旧城镇")
OTHER = replace(CASE, number="2", call_id="2", caller="13800000002", answered_at=MORNING + timedelta(days=1))


def alike(case: Case, others: Iterable[Case], rules: LikenessRules = RULES) -> list[Likeness]:
    """By the last nine digits: trunks write 86 before a number, or 0."""
    return likenesses(case, others, rules, known=lambda one: {one.caller[-9:]} - {""}, towns=TOWNS)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (OTHER, ("同一事项", "同一地点", "说的话 100% 相近")),
        (replace(OTHER, transcript=""), ("同一事项", "同一地点")),
        (replace(OTHER, caller=CASE.caller, place="", transcript=""), ("同一个号码", "同一事项")),
        (replace(OTHER, matter="", place="", caller=CASE.caller), ("同一个号码", "说的话 100% 相近")),
        (replace(OTHER, matter="A2"), ("同一地点", "说的话 100% 相近")),
        (replace(OTHER, matter="", place="扎西镇石坎村"), ("同一乡镇", "说的话 100% 相近")),
        (replace(OTHER, place=""), ("同一事项", "说的话 100% 相近")),
        (replace(OTHER, caller="+8613800000001", place="", transcript=""), ("同一个号码", "同一事项")),
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
        replace(OTHER, place="扎西镇石坎村", transcript="扎西镇石坎村的水费太贵了"),
        replace(OTHER, matter="", place="旧城镇"),
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


def test_how_alike_and_how_near_is_the_countys_to_say(tmp_path: Path) -> None:
    strict = replace(RULES, near=timedelta(hours=23))
    assert alike(CASE, [OTHER], strict) == []
    assert alike(CASE, [OTHER], replace(RULES, enough=6)) == []
    near = replace(OTHER, matter="", transcript="扎西镇老街的水停了三天了")
    assert alike(CASE, [near]) == []
    assert [one.points for one in alike(CASE, [near], replace(RULES, words=40))] == [3]
    assert alike(CASE, [near], replace(RULES, words=40))[0].words < 75
    assert load_likeness_rules(CONFIG / "policies" / "likeness.toml") == load_likeness_rules(tmp_path / "none") == RULES


def test_all_that_is_wrong_in_the_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "likeness.toml"
    path.write_text('days = 0\nenough = "3"\nnear = 1\n[points]\nname = 2\nplace = -1\n', encoding="utf-8")
    with pytest.raises(BadPolicy) as error:
        load_likeness_rules(path)
    told = str(error.value)
    assert [word in told for word in ("days 是 0", "enough 是 '3'", "near 不认识", "points.name", "points.place")] == [
        True
    ] * 5
