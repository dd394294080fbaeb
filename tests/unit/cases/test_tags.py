"""The lists of tags are data, and what cannot be meant is told."""

from pathlib import Path

import pytest

from cases.sla import BadPolicy
from cases.tags import TagLists, load_tags
from tests.fakes.told_calls import CONFIG


def test_the_shipped_lists_are_those_of_the_rules() -> None:
    assert load_tags(CONFIG / "policies" / "tags.toml") == TagLists()


def test_a_county_writes_its_own(tmp_path: Path) -> None:
    path = tmp_path / "tags.toml"
    path.write_text('cause = ["停电"]\nvulnerable = ["孕妇"]\n', encoding="utf-8")
    tags = load_tags(path)
    assert (tags.cause, tags.vulnerable, tags.of_cases["停电"]) == (("停电",), ("孕妇",), "原因")
    assert "孕妇" not in tags.of_cases


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('risks = ["a"]', "risks 不认识"),
        ("risk = 3", "risk 是 3"),
        ('risk = ["长期性"]', "长期性 写了两次"),
        ("x", "不是 TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "tags.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadPolicy, match=told):
        load_tags(path)
