"""The line of a fault in a text."""

import pytest

from zhitong.console.places import line_of

TEXT = """line = "0870-2128888"
start = "菜单"

[[step]]
name = "菜单"
kind = "按键"
keys = { 1 = "找局长",
  2 = "公告" }

[[step]]
name = "公告"
kind = "播放"

[[ladders]]
[[ladders.steps]]
ring = ["a"]
[[ladders]]
[[ladders.steps]]
[[ladders.steps]]
ring = ["b"]
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("start", 2),
        ("step[1].kind", 6),
        ("step[1].keys.2", 8),
        ("step[2]", 10),
        ("step[2].kind", 12),
        ("step[2].say", 10),
        ("step[9].say", 1),
        ("ladders[2].steps[2].ring", 20),
        ("文件", 1),
        ("", 1),
    ],
)
def test_a_field_is_found_in_its_own_section_or_that_section_is(field: str, line: int) -> None:
    assert line_of(TEXT, field=field) == line


def test_a_step_is_found_by_its_name_and_what_is_no_toml_where_its_reader_stopped() -> None:
    assert line_of(TEXT, name="公告") == 11
    assert line_of(TEXT, mend="不是合格的 TOML：Invalid value (at line 7, column 3)") == 7
    assert line_of("", field="start") == 1
