"""The rules as config/ has them."""

import shutil
from datetime import time, timedelta
from pathlib import Path

import pytest

from cases.mandatory import Mandatory
from cases.sla import BadPolicy
from tests.fakes.told_calls import CONFIG
from zhitong.settings import fallback_promise, load_settings
from zhitong.usecases.rules import load_rules


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


def test_the_shipped_rules_are_the_documented_defaults() -> None:
    rules = load_rules(CONFIG)
    assert rules.callback.windows == ((time(8, 30), time(11, 30)), (time(14, 30), time(20)))
    assert rules.redial.within == timedelta(minutes=30) and rules.callback.attempts == 3
    assert load_rules(CONFIG, policy="2-24-72").policy == "2-24-72"


def test_a_policy_that_does_not_exist_is_told_at_the_start() -> None:
    with pytest.raises(BadPolicy, match=r"246.*135"):
        load_rules(CONFIG, policy="246")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('[callback]\nwindows = [["08:30", "11:30"]]', "callback.windows"),
        ("[callback]\nafter_minutes = -1", "after_minutes"),
        ('[[callback.season]]\nname = "农忙"\nfrom = "五月"', "农忙 的 from"),
        ('[[callback.season]]\nname = "农忙"\nfrom = "05-10"\nuntil = "06-20"', "农忙.*空"),
        ("[callback]\nno_lines_days = 0", "callback.no_lines_days 是 0；请写 1 到 60"),
        ("[callback]\npromise_days = 61", "callback.promise_days 是 61；请写 1 到 60"),
        ("[callback]\noverdue_hours = 0", "callback.overdue_hours 是 0；请写 1 到 240"),
        ('[callback]\noverdue_hours = "24"', "callback.overdue_hours 是 '24'；请写"),
        ('[recheck]\nmatters = "A1"', "recheck.matters"),
        ("[redial]\nattempts = true", "redial.attempts"),
        ("[redial]\nwithin_minuets = 30", "within_minuets"),
        ("[callbak]\n", "callbak"),
        ("[redial", "TOML"),
    ],
)
def test_a_wrong_calling_file_is_told_field_by_field(config: Path, text: str, word: str) -> None:
    (config / "policies" / "calling.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadPolicy, match=word):
        load_rules(config)


def test_all_that_is_wrong_in_the_file_of_casework_is_told_at_once(config: Path) -> None:
    text = 'settle_hours = "4"\nsuspect_days = -1\nempty = []\n[mandatory]\nclose = ["姓"]\n'
    (config / "policies" / "casework.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadPolicy) as told:
        load_rules(config)
    lines = str(told.value).splitlines()
    assert len(lines) == 4 and "suspect_days 是 -1；请写 0 到 365" in str(told.value)
    assert all(line.startswith("casework.toml：") for line in lines)
    assert "settle_hours 是 '4'" in str(told.value) and "mandatory.close 里的 '姓' 不认识" in str(told.value)


def test_what_must_stand_is_the_countys_and_the_file_shipped_says_what_is_usual(config: Path) -> None:
    assert load_rules(CONFIG).mandatory == Mandatory()
    (config / "policies" / "casework.toml").write_text('[mandatory]\nclose = ["姓名"]\n', encoding="utf-8")
    assert load_rules(config).mandatory == Mandatory(close=("姓名",))


def test_the_numbers_of_casework_are_the_countys(config: Path) -> None:
    shipped = load_rules(CONFIG)
    assert (shipped.suspect_within, shipped.callback.no_lines) == (timedelta(days=15), timedelta(days=3))
    assert (shipped.callback.overdue, shipped.callback.promise) == (timedelta(days=1), timedelta(days=3))
    (config / "policies" / "casework.toml").write_text("suspect_days = 30\n", encoding="utf-8")
    text = "[callback]\nno_lines_days = 2\noverdue_hours = 36\npromise_days = 5\n"
    (config / "policies" / "calling.toml").write_text(text, encoding="utf-8")
    rules = load_rules(config)
    assert (rules.suspect_within, rules.callback.no_lines) == (timedelta(days=30), timedelta(days=2))
    assert (rules.callback.overdue, rules.callback.promise) == (timedelta(hours=36), timedelta(days=5))


def test_a_season_has_windows_of_its_own(config: Path) -> None:
    written = (config / "policies" / "calling.toml").read_text(encoding="utf-8")
    example = "\n".join(line.removeprefix("#").strip() for line in written.splitlines() if line.startswith("#     "))
    (config / "policies" / "calling.toml").write_text(example, encoding="utf-8")
    (season,) = load_rules(config).callback.seasons
    assert (season.name, season.begin, season.end) == ("农忙", (5, 10), (6, 20))
    assert season.windows == ((time(7), time(8, 30)), (time(18, 30), time(20, 30)))


def test_the_time_the_fixed_sentence_tells_comes_from_the_settings() -> None:
    settings = load_settings(environ={}, overrides={"ladder": {"fallback_promise_minutes": 45}})
    assert load_rules(CONFIG, alone_within=fallback_promise(settings)).redial.alone_within == timedelta(minutes=45)


def test_without_the_calling_file_the_defaults_hold(config: Path) -> None:
    (config / "policies" / "calling.toml").unlink()
    assert load_rules(config).callback == load_rules(CONFIG).callback
