"""Rules that were changed count after the next look; those that cannot be used change nothing."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from zhitong.rules_in_force import RulesInForce
from zhitong.settings import CHECKOUT
from zhitong.usecases.rules import load_rules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rules of its own."""
    return Path(shutil.copytree(CHECKOUT / "config", tmp_path / "config"))


def write(folder: Path, text: str) -> None:
    path = folder / "policies" / "casework.toml"
    before = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


def test_a_changed_file_counts_after_the_next_look_and_no_look_without_one_reads_it(folder: Path) -> None:
    rules = RulesInForce(folder, lambda: load_rules(folder))
    was = rules.now
    assert not rules.look() and rules.now is was
    write(folder, "settle_hours = 9\n")
    assert rules.now is was, "not before it is looked at"
    assert rules.look() and rules.now.settle_within == timedelta(hours=9)


def test_a_fault_leaves_the_rules_before_and_is_told_until_it_is_mended(folder: Path) -> None:
    rules = RulesInForce(folder, lambda: load_rules(folder))
    was = rules.now
    write(folder, "settle_hours = 900\n")
    assert not rules.look() and rules.now is was and "settle_hours" in rules.trouble
    assert not rules.look(), "told once"
    write(folder, "settle_hours = 3\n")
    assert rules.look() and rules.trouble == "" and rules.now.settle_within == timedelta(hours=3)


def test_rules_that_are_wrong_from_the_beginning_are_refused(folder: Path) -> None:
    write(folder, "settle_hours = 900\n")
    with pytest.raises(ValueError, match="settle_hours"):
        RulesInForce(folder, lambda: load_rules(folder))
