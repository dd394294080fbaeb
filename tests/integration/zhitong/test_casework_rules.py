"""The rules of casework while the controller runs."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from routing.calendar import LOCAL
from tests.fakes.told_calls import MORNING, ToldCall, tell_it
from zhitong.app import Hotline
from zhitong.clock import FastForwardClock
from zhitong.settings import CHECKOUT, load_settings
from zhitong.store.cases import case_of_calls, clocks_of
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The shipped configuration, to be changed."""
    return Path(shutil.copytree(CHECKOUT / "config", tmp_path / "config"))


@pytest.fixture
def hotline(tmp_path: Path, config: Path) -> Iterator[Hotline]:
    """A controller without an Asterisk."""
    changed = {
        "asterisk": dict.fromkeys(("sip_port", "ami_port", "agi_port", "audio_port"), 0),
        "folders": {"data": str(tmp_path / "data"), "prompts_cache": str(tmp_path / "prompts")},
        "files": {"rules": str(config)},
    }
    settings = load_settings(environ={"HOME": str(tmp_path)}, overrides=changed)
    hotline = Hotline(settings, clock=FastForwardClock(MORNING))
    hotline.tick()  # makes the database
    yield hotline
    hotline.stop()


def closes_on(hotline: Hotline, call_id: str) -> date:
    """The day by which a complaint that comes in now is to be closed."""
    call = ToldCall(call_id, hotline.clock.now()).opened().understood()
    tell_it(hotline.engine, hotline.rules, call.note(30, "gone", phase="listen").note(30, "ended", outcome="gone"))
    with reading(hotline.engine) as connection:
        found = clocks_of(connection, case_of_calls(connection, [call_id])[call_id])
    return next(clock.due_at.astimezone(LOCAL).date() for clock in found if clock.code == "close")


def test_a_day_off_that_is_entered_while_the_controller_runs_counts_for_the_next_case(
    hotline: Hotline, config: Path
) -> None:
    before = closes_on(hotline, "1757553630.1")
    (config / "calendar" / "2025.toml").write_text(f"rest = [{before}]", encoding="utf-8")
    hotline.tick()
    assert closes_on(hotline, "1757553630.2") == before + timedelta(days=1)


def test_a_calendar_that_cannot_be_read_leaves_the_clocks_by_the_one_before(hotline: Hotline, config: Path) -> None:
    before = closes_on(hotline, "1757553630.1")
    (config / "calendar" / "2025.toml").write_text(f"rest = {before}", encoding="utf-8")
    hotline.tick()
    assert closes_on(hotline, "1757553630.2") == before and hotline.roster.trouble


def test_terms_that_are_changed_while_the_controller_runs_count_for_the_next_case_alone(
    hotline: Hotline, config: Path
) -> None:
    before, pack = closes_on(hotline, "1757553630.1"), config / "policies" / "135.toml"
    text = pack.read_text(encoding="utf-8")
    pack.write_text(text.replace("within = 5\n", "within = 6\n"), encoding="utf-8")
    hotline.tick()
    later = closes_on(hotline, "1757553630.2")
    assert later > before
    assert closes_on(hotline, "1757553630.1") == before, "a clock that runs keeps its time"
    pack.write_text("[[version]]", encoding="utf-8")
    hotline.tick()
    assert closes_on(hotline, "1757553630.3") == later, "what cannot be read changes nothing"


def test_many_cases_of_one_kind_are_found_while_the_controller_runs(hotline: Hotline) -> None:
    for n in range(3):
        call = ToldCall(f"1757553630.{n}", MORNING).opened(caller=f"1380000000{n}").understood()
        tell_it(hotline.engine, hotline.rules, call.note(30, "gone", phase="listen").note(30, "ended", outcome="gone"))
    hotline.tick()
    with reading(hotline.engine) as connection:
        (told,) = all_incidents(connection, "cluster")
    assert "扎西镇取水许可，30 天里有 3 起" in told.text
