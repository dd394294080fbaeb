"""What the benchmark makes of numbers."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from bench.figures import at_least, at_most, known, line, median, percentile, save


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed(values, share):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_percentiles_by_hand():
    assert percentile(range(1, 101), 0.95) == 95
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert math.isnan(percentile([], 0.5))


def test_a_target_that_was_not_measured_is_not_met():
    assert at_most("x", math.nan, 1, "ms", "").ok is False
    assert at_least("x", math.nan, 1, "ms", "").ok is False


def test_the_limit_itself_is_met():
    assert at_most("x", 1.25, 1.25, "×", "").ok and at_least("x", 0.8, 0.8, "×", "").ok
    assert not at_most("x", 1.2501, 1.25, "×", "").ok


def test_the_table_says_what_was_missed():
    assert "MISSED" in line(at_most("x", 2, 1, "ms", "how"))
    assert "MISSED" not in line(known("x", 2, "ms", "how"))


def test_figures_of_parts_that_were_not_run_stay(tmp_path):
    file = tmp_path / "results.json"
    save(file, [at_most("a.x", 1, 2, "ms", "one way")])
    save(file, [known("b.y", math.nan, "ms", "another")])
    assert json.loads(file.read_text()) == {
        "a.x": {"value": 1, "unit": "ms", "target": "≤ 2", "ok": True, "how": "one way"},
        "b.y": {"value": None, "unit": "ms", "target": None, "ok": None, "how": "another"},
    }
