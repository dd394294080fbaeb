"""How often something happened: counted alike in whatever order the cases became known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.cluster import (
    ClusterRules,
    Reported,
    Threshold,
    begins,
    effect,
    load_cluster_rules,
    matter_and_town,
    occurrences,
)
from cases.sla import BadPolicy
from tests.fakes.told_calls import CONFIG, MORNING

TOWNS = ("扎西镇", "旧城镇", "旧城")
THREE = Threshold()
DAY = timedelta(days=1)


def said(number: str, day: float, caller: str = "", *, over: float | None = None, together: str = "") -> Reported:
    over_at = MORNING + DAY * over if over is not None else None
    return Reported(number=number, caller=caller, at=MORNING + DAY * day, over_at=over_at, together=together)


def count(cases: Sequence[Reported]) -> int:
    return len(set(occurrences(cases).values()))


def test_a_kind_is_a_matter_in_a_town_and_what_has_none_belongs_to_none() -> None:
    rules = ClusterRules()
    assert rules.kind_of("A1", "扎西镇石坎村", "投诉", TOWNS) == "A1|扎西镇"
    assert rules.kind_of("A1", "旧城镇", "", TOWNS) == "A1|旧城镇", "the longest name"
    for matter, place, type in (
        ("", "扎西镇", "投诉"),
        ("A1", "", "投诉"),
        ("A1", "河边", ""),
        ("A1", "扎西镇", "表扬"),
    ):
        assert rules.kind_of(matter, place, type, TOWNS) == ""
    some = replace(rules, matters=frozenset({"A1", "B"}))
    assert [bool(some.kind_of(matter, "扎西镇", "", TOWNS)) for matter in ("A1", "A2", "B3")] == [True, False, True]
    assert matter_and_town("A1|扎西镇") == ("A1", "扎西镇")


def test_three_citizens_are_three() -> None:
    assert count([said("1", 0, "a"), said("2", 1, "b"), said("3", 2, "c")]) == 3


def test_who_asks_again_while_the_case_is_open_is_not_another_one_and_who_has_it_again_is() -> None:
    assert count([said("1", 0, "a", over=5), said("2", 1, "a"), said("3", 4, "a")]) == 1
    assert count([said("1", 0, "a", over=5), said("2", 6, "a", over=7), said("3", 8, "a")]) == 3


def test_a_surge_and_a_merge_are_one_each_however_many_citizens() -> None:
    surge = [said(f"s{n}", n / 100, f"{n}", together="surge:1") for n in range(20)]
    merged = [said("m1", 1, "x", together="m1"), said("m2", 2, "y", together="m1")]
    assert count([*surge, *merged]) == 2
    assert begins([*surge, *merged], THREE) is None


def test_hidden_numbers_are_one_each() -> None:
    assert count([said("1", 0), said("2", 0.1), said("3", 0.2)]) == 3


@pytest.mark.parametrize(("last", "found"), [(30, True), (30.1, False)])
def test_all_must_fall_into_the_window(last: float, found: bool) -> None:
    cases = [said("1", 0, "a"), said("2", 10, "b"), said("3", last, "c")]
    assert begins(cases, THREE) == (MORNING if found else None)


some_cases = st.lists(
    st.tuples(
        st.integers(0, 90), st.sampled_from(["", "a", "b", "c"]), st.integers(0, 9), st.sampled_from(["", "s", "m"])
    ),
    max_size=12,
).map(
    lambda rows: [
        said(f"{n:02}", day, caller, over=day + open if open else None, together=together)
        for n, (day, caller, open, together) in enumerate(rows)
    ]
)


@given(some_cases, st.randoms(use_true_random=False))
def test_the_order_in_which_cases_become_known_does_not_matter(cases: list[Reported], random: object) -> None:
    shuffled = list(cases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert begins(shuffled, THREE) == begins(cases, THREE)
    assert occurrences(shuffled) == occurrences(cases)


@given(some_cases)
def test_each_case_is_counted_once_and_a_window_begins_with_a_case_and_has_enough(cases: list[Reported]) -> None:
    found = occurrences(cases)
    assert found.keys() == {one.number for one in cases}
    assert all(found[stands] == stands for stands in found.values())
    since = begins(cases, THREE)
    dense = {
        one.at
        for one in cases
        if len({found[two.number] for two in cases if one.at <= two.at <= one.at + THREE.within}) >= THREE.count
    }
    assert since == min(dense, default=None), "counted window by window"


def test_the_effect_is_counted_alike_before_and_after() -> None:
    cases = [said("1", 0, "a"), said("2", 1, "b"), said("3", 2, "b"), said("4", 40, "c"), said("5", 75, "d")]
    told = effect(cases, since=MORNING + DAY * 30, days=30, now=MORNING + DAY * 45)
    assert (told.before, told.cases_before, told.after, told.cases_after, told.so_far) == (2, 3, 1, 1, 15)
    assert effect(cases, since=MORNING + DAY * 30, days=30, now=MORNING).so_far == 0


def test_the_shipped_policy_is_that_of_the_rules_and_a_matter_may_have_its_own(tmp_path: Path) -> None:
    assert load_cluster_rules(CONFIG / "policies" / "clusters.toml") == ClusterRules()
    path = tmp_path / "clusters.toml"
    path.write_text('[[matter]]\nmatter = "A"\ncount = 9\n[[matter]]\nmatter = "A1"\ndays = 7\n', encoding="utf-8")
    rules = load_cluster_rules(path)
    assert (rules.of("A2").count, rules.of("A1").within, rules.of("B1")) == (9, timedelta(days=7), THREE)


def test_a_policy_that_cannot_be_meant_is_refused_with_all_faults(tmp_path: Path) -> None:
    path = tmp_path / "clusters.toml"
    path.write_text('count = 1\ndays = "x"\nmatters = "A1"\nfoo = 1\n[[matter]]\ncount = 3\n', encoding="utf-8")
    with pytest.raises(BadPolicy) as caught:
        load_cluster_rules(path)
    for told in ("count 是 1", "days 是 'x'", "matters 是 'A1'", "foo 不认识", "没有写 matter"):
        assert told in str(caught.value)
