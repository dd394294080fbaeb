"""The sample of closed cases: the same whoever draws it, and as large as the plan says."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.sample import SampleRules, drawn, load_sample_rules
from cases.sla import BadPolicy
from tests.fakes.told_calls import CONFIG


@given(st.sets(st.integers(0, 10**6), max_size=300), st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_the_size_is_that_of_the_plan(some: set[int], order: object) -> None:
    numbers = [f"20251{n:07}" for n in sorted(some)]
    shuffled = list(numbers)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    found = drawn(numbers, "2025-10", SampleRules())
    assert found == drawn(shuffled, "2025-10", SampleRules()) and set(found) <= set(numbers)
    assert len(found) == min(len(numbers), max(3, -(-len(numbers) * 5 // 100)))


def test_another_month_draws_others_and_none_are_drawn_of_none() -> None:
    numbers = [f"{n}" for n in range(1000)]
    assert drawn(numbers, "2025-10", SampleRules()) != drawn(numbers, "2025-11", SampleRules())
    assert len(drawn(numbers, "2025-10", SampleRules(percent=50))) == 50
    assert drawn(numbers, "2025-10", SampleRules(percent=0)) == []


def test_the_shipped_plan_is_that_of_the_rules_and_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    assert load_sample_rules(CONFIG / "policies" / "sample.toml") == SampleRules()
    path = tmp_path / "sample.toml"
    path.write_text('percent = 101\nleast = "x"\nfoo = 1\n', encoding="utf-8")
    with pytest.raises(BadPolicy, match="foo 不认识") as caught:
        load_sample_rules(path)
    assert "percent 是 101" in str(caught.value) and "least 是 'x'" in str(caught.value)
