"""The figures: never a share without its numbers, never 0 % or 100 % of nothing."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.figures import CODES, WEIGHTS, Answers, Counts, Figure, figures, load_targets, stands_in
from cases.sla import BadPolicy
from tests.fakes.told_calls import CONFIG
from zhitong.figure_commands import figure_line

NOTHING = Counts(
    calls=0,
    rang_ms=(),
    waits_ms=(),
    cases=0,
    declined=0,
    closed=0,
    assigned=0,
    returned=0,
    due=0,
    in_time=0,
    cycles=(),
    answers=(),
    repeatable=0,
    repeated=0,
)


def made(targets: Mapping[str, float] | None = None, **counted: object) -> dict[str, Figure]:
    counts = Counts(**{name: getattr(NOTHING, name) for name in Counts.__slots__} | counted)  # type: ignore[attr-defined]
    targets = targets or {"satisfied": 95, "in_time": 100}
    found = figures(counts, settle_seconds=4 * 3600, repeat_days=30, targets=targets)
    return {figure.code: figure for figure in found}


def closings(n: int, **how: object) -> Answers:
    plain = {"channel": "电话", "first": True, "over": True, "no_contact": False, "by": "", "solved": ""}
    return Answers(**plain | {"satisfied": "", "closings": n} | how)  # type: ignore[arg-type]


REACHED = {"by": "系统", "solved": "yes"}


def test_of_nothing_there_is_no_figure_and_it_says_so() -> None:
    for figure in made().values():
        assert figure.value is None and figure.met is None
        assert figure_line(figure).splitlines()[0].startswith(f"{figure.name}  没有")


def test_calls_by_hand() -> None:
    found = made(calls=10, rang_ms=[60] * 8 + [15_001], waits_ms=[9_000, 15_000, 20_000, 40_000])
    shown = {code: (found[code].numerator, found[code].n) for code in ("human", "within_15", "human_within_15")}
    assert shown == {"human": (4, 10), "within_15": (8, 10), "human_within_15": (2, 10)}
    assert (found["wait_median"].value, found["wait_p90"].value) == (17.5, 40)
    assert "没有人接谈的 6 个" in found["wait_median"].beside


def test_how_many_rang_in_only_the_carrier_knows() -> None:
    found = made(calls=10)
    assert found["answered"].value is None and "接起 10 个" in found["answered"].beside
    found = made(calls=10, waits_ms=[1000] * 5, offered=20)
    assert (found["answered"].value, found["human"].value) == (50, 25)


def test_who_was_not_reached_or_did_not_rate_is_not_satisfied_and_stands_beside() -> None:
    answers = [
        closings(6, **REACHED, satisfied="yes"),
        closings(1, **REACHED, satisfied="middle"),
        closings(1, **REACHED, satisfied="no"),
        closings(2, **REACHED),
        closings(3, by="系统", solved="no"),
        closings(4),
        closings(5, over=False),
        closings(1, no_contact=True),
    ]
    found = made(answers=answers)
    assert (found["satisfied"].numerator, found["satisfied"].n) == (6, 8)
    for told in ("基本满意 1 个", "不再问满意的 3 个", "没有评价的 2 个", "没联系上的 4 个", "没有联系方式的 1 个"):
        assert told in found["satisfied"].beside
    assert (found["called_back"].numerator, found["called_back"].n) == (13, 23)
    assert "没联系上 4 个，没有联系方式 1 个，还没有问到 5 个" in found["called_back"].beside
    assert (found["no_contact"].numerator, found["no_contact"].n) == (1, 23)
    assert (found["solved"].numerator, found["solved"].n) == (10, 13)


def test_what_the_line_and_what_people_were_told_has_a_figure_each_and_one_together() -> None:
    people = [closings(3, by="人工", solved="yes", satisfied="yes"), closings(1, by="人工", solved="yes")]
    found = made(answers=[closings(1, **REACHED, satisfied="no"), *people, closings(2)])
    assert {code: (found[code].numerator, found[code].n) for code in found if code.startswith("satisfied")} == {
        "satisfied": (3, 4),
        "satisfied_by:系统": (0, 1),
        "satisfied_by:人工": (3, 3),
        "satisfied_survey": (0, 0),
        "satisfied_composite": (None, 4),
    }
    assert "没有评价的 1 个，都不在分母里" in found["satisfied_by:人工"].beside, "whom nobody reached is nobody's"
    assert (found["called_back"].numerator, found["called_back"].n) == (5, 7)
    assert "系统问到 1 个，人工问到 4 个" in found["called_back"].beside


def test_a_case_that_came_back_is_not_done_at_once_and_each_channel_has_its_own_figure() -> None:
    again = closings(1, first=False, **REACHED, satisfied="yes", channel="12345")
    found = made(answers=[closings(2, **REACHED), closings(1, by="系统", solved="no"), again])
    assert (found["once"].numerator, found["once"].n) == (2, 3)
    assert (found["satisfied:12345"].numerator, found["satisfied:12345"].n) == (1, 1)
    assert found["satisfied:电话"].value is None


def test_shares_are_shown_with_their_numbers_and_not_rounded_to_all_or_nothing() -> None:
    first = [figure_line(made(due=n, in_time=k)["in_time"]).splitlines()[0] for k, n in ((9999, 10000), (1, 10000))]
    assert first == [
        "按时办结率  99.9 %（9999/10000），目标 100 %，没达到",
        "按时办结率  0.1 %（1/10000），目标 100 %，没达到",
    ]
    assert "100 %（3/3），目标 100 %，达到" in figure_line(made(due=3, in_time=3)["in_time"])


@given(st.lists(st.floats(0.001, 1e7), min_size=1))
def test_cycles_lie_between_the_shortest_and_the_longest(seconds: list[float]) -> None:
    found = made(cycles=seconds)
    for code in ("cycle_mean", "cycle_median"):
        value = found[code].value
        assert (
            value is not None and min(seconds) <= value * 86400 * 1.000001 and value * 86400 <= max(seconds) * 1.000001
        )
    assert found["on_spot"].numerator == sum(one <= 4 * 3600 for one in seconds)


def test_the_shipped_targets_are_of_figures_that_there_are() -> None:
    targets = load_targets(CONFIG / "policies" / "figures.toml")
    assert targets["satisfied"] == 95 and set(targets) - set(WEIGHTS.values()) <= set(CODES) <= set(made())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[targets]\nhappy = 1", "targets.happy 不认识"),
        ("[targets]\nonce = 101", "101；请写 0 到 100"),
        ("x = 1", "x 不认识"),
    ],
)
def test_targets_that_cannot_be_are_told(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "figures.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadPolicy, match=fault):
        load_targets(path)
    assert load_targets(tmp_path / "none.toml") == {}


CLOSINGS = st.builds(
    Answers,
    channel=st.sampled_from(["电话", "网站"]),
    first=st.booleans(),
    over=st.booleans(),
    no_contact=st.booleans(),
    by=st.sampled_from(["系统", "人工", ""]),
    solved=st.sampled_from(["yes", "no", ""]),
    satisfied=st.sampled_from(["yes", "middle", "no", ""]),
    closings=st.just(1),
)


@given(st.lists(CLOSINGS, max_size=30))
def test_the_closings_that_stand_in_a_figure_are_as_many_as_it_counts(every: list[Answers]) -> None:
    for code, figure in made(answers=every).items():
        if code in ("called_back", "no_contact", "solved", "once") or code.partition(":")[0] in OF_THE_RATED:
            stand = [stands_in(code, one) for one in every]
            assert (sum(above for above, _ in stand), sum(below for _, below in stand)) == (figure.numerator, figure.n)


OF_THE_RATED = ("satisfied", "satisfied_by")
