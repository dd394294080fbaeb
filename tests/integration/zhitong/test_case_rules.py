"""The rules of casework for commands and pages: as the files are now, read once for as long as they stay so."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from cases.sla import BadPolicy
from zhitong.case_desk import case_rules
from zhitong.settings import CHECKOUT, Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a county with rules of its own."""
    rules = shutil.copytree(CHECKOUT / "config", tmp_path / "config")
    return load_settings(environ={}, overrides={"files": {"rules": str(rules)}})


def test_what_nobody_has_changed_is_read_once(settings: Settings) -> None:
    assert case_rules(settings) is case_rules(settings)


def test_a_rule_that_somebody_changes_counts_at_once(settings: Settings) -> None:
    casework = settings.files.rules / "policies" / "casework.toml"
    assert case_rules(settings).settle_within == timedelta(hours=4)
    casework.write_text("settle_hours = 12\n", encoding="utf-8")
    assert case_rules(settings).settle_within == timedelta(hours=12)
    casework.unlink()
    assert case_rules(settings).settle_within == timedelta(hours=4)


def test_a_year_that_is_new_in_the_calendar_counts_at_once(settings: Settings) -> None:
    before = case_rules(settings).calendar()
    (settings.files.rules / "calendar" / "2026.toml").write_text("work = [2026-11-28]\n", encoding="utf-8")
    assert case_rules(settings).calendar() != before


def test_a_file_with_a_fault_is_refused_until_it_is_mended(settings: Settings) -> None:
    casework = settings.files.rules / "policies" / "casework.toml"
    good = casework.read_text(encoding="utf-8")
    case_rules(settings)
    casework.write_text("settle_hours = 1000\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(BadPolicy, match="settle_hours 是 1000"):
            case_rules(settings)
    casework.write_text(good, encoding="utf-8")
    assert case_rules(settings).settle_within == timedelta(hours=4)
