"""抽样调查 beside the callback: two sources, each with its n, and both together as the county weighs them."""

from pathlib import Path

import pytest

from cases.figures import WEIGHTS, load_targets
from cases.sample import SampleRules, drawn
from cases.sla import BadPolicy
from cases.survey import Survey, surveyed
from tests.unit.cases.test_figures import REACHED, closings, made

ASKED = Survey(satisfied=7, middle=1, unsatisfied=2, unreached=4, unrated=3, waiting=5)
CALLED = [closings(19, **REACHED, satisfied="yes"), closings(1, **REACHED, satisfied="no")]


def test_each_source_has_its_own_numbers_and_the_composite_names_both() -> None:
    found = made(answers=CALLED, survey=ASKED)
    assert (found["satisfied"].numerator, found["satisfied"].n) == (19, 20)
    survey, both = found["satisfied_survey"], found["satisfied_composite"]
    assert (survey.numerator, survey.n) == (7, 10)
    for told in ("没联系上 4 个", "不愿评价 3 个", "还没有问的 5 个"):
        assert told in survey.beside
    assert both.value == pytest.approx((95 + 70) / 2) and both.n == 30 and both.numerator is None
    assert "19/20" in both.beside and "7/10" in both.beside and "回访占 50 %" in both.formula


def test_of_one_source_alone_there_is_no_composite() -> None:
    assert made(answers=CALLED)["satisfied_composite"].value is None
    assert made(survey=ASKED)["satisfied_composite"].value is None


def test_the_county_weighs(tmp_path: Path) -> None:
    written = tmp_path / "figures.toml"
    written.write_text("[composite]\ncallback = 30\nsurvey = 10\n", encoding="utf-8")
    targets = load_targets(written)
    assert targets == {WEIGHTS["callback"]: 30, WEIGHTS["survey"]: 10}
    both = made(targets=targets, answers=CALLED, survey=ASKED)["satisfied_composite"]
    assert both.value == pytest.approx(95 * 0.75 + 70 * 0.25) and "抽样调查占 25 %" in both.formula


@pytest.mark.parametrize("text", ["composite = 3\n", "[composite]\nsurvey = 0\n", "[composite]\nothers = 5\n"])
def test_a_weight_that_cannot_be_meant_is_refused(tmp_path: Path, text: str) -> None:
    written = tmp_path / "figures.toml"
    written.write_text(text, encoding="utf-8")
    with pytest.raises(BadPolicy, match="composite"):
        load_targets(written)


def test_the_survey_draws_by_another_lot_than_the_second_look_and_always_the_same() -> None:
    numbers, rules = [f"2026-{n}" for n in range(400)], SampleRules(percent=10)
    assert surveyed(numbers, "2026-10", rules) == surveyed(reversed(numbers), "2026-10", rules)
    assert surveyed(numbers, "2026-10", rules) != drawn(numbers, "2026-10", rules)
    assert len(surveyed(numbers, "2026-10", rules)) == 40
