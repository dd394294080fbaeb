"""Whose telephone a call came from."""

import pytest

from ivr.ports import Line

MOBILE, LAND = "13870001234", "08702120030"


@pytest.mark.parametrize(
    ("line", "number", "shared"),
    [
        (Line(number="1", name="热线"), MOBILE, False),
        (Line(number="1", name="热线"), LAND, False),
        (Line(number="1", name="窗口", window="大厅3号窗口"), MOBILE, False),
        (Line(number="1", name="窗口", window="大厅3号窗口"), LAND, True),
        (Line(number="1", name="公用电话", ask_number=True), MOBILE, True),
    ],
)
def test_on_a_window_s_line_only_a_mobile_is_the_caller_s_own(line: Line, number: str, shared: bool) -> None:
    assert line.shared(number) is shared
