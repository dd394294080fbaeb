"""The ladders that Asterisk holds for the time without a controller follow the roster and the clock by themselves."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from routing.faults import BadConfig
from tests.acceptance.stage import DEPUTY, DIRECTOR, MORNING, ROOM, THIRD
from tests.fakes.editions import publish_files
from zhitong.clock import FastForwardClock
from zhitong.settings import CHECKOUT
from zhitong.trial import Trial, wait_until

NEW_DIRECTOR = "13808700099"


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.toml"
    path.write_text((CHECKOUT / "config" / "roster.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return path


@pytest.fixture
def clock() -> FastForwardClock:
    return FastForwardClock(MORNING)


@pytest.fixture
def trial(roster: Path, clock: FastForwardClock) -> Iterator[Trial]:
    with Trial(overrides={"files": {"roster": str(roster)}}, clock=clock) as trial:
        trial.start_hotline()
        yield trial


def held(trial: Trial) -> dict[int, list[str]]:
    """What AstDB holds: real epoch → numbers."""
    shown = trial.asterisk.cli("database show duty")
    return {int(key): value.split("&") for key, value in re.findall(r"/duty/(\d{10})\s*: ([^\s|]+)", shown)}


def now_rings(trial: Trial) -> list[str]:
    """Whom the fallback would ring at this moment."""
    ladders = held(trial)
    passed = [edge for edge in ladders if edge <= datetime.now(UTC).timestamp()]
    return ladders[max(passed)] if passed else []


def test_every_edge_of_the_next_72_hours_has_at_least_three_numbers_and_ends_at_the_duty_room(trial: Trial) -> None:
    ladders, now = held(trial), datetime.now(UTC).timestamp()
    assert now_rings(trial) == [DIRECTOR, DEPUTY, THIRD, ROOM]
    assert len(ladders) > 6
    assert max(ladders) - now > timedelta(hours=48).total_seconds()
    for numbers in ladders.values():
        assert len(set(numbers)) == len(numbers) >= 3
        assert numbers[-1] == ROOM


def publish(trial: Trial, roster: Path, text: str) -> None:
    """The changed file takes force."""
    assert trial.hotline is not None
    roster.write_text(text, encoding="utf-8")
    publish_files(trial.settings, trial.hotline.engine, trial.hotline.clock.now())


def test_a_roster_that_was_published_is_pushed_without_a_restart(trial: Trial, roster: Path) -> None:
    publish(trial, roster, roster.read_text(encoding="utf-8").replace(DIRECTOR, NEW_DIRECTOR))
    wait_until(lambda: now_rings(trial) == [NEW_DIRECTOR, DEPUTY, THIRD, ROOM], 40, "the new director is in AstDB")
    # The new ladders come first, so that some ladder is valid at every moment; then the old ones go.
    wait_until(lambda: not any(DIRECTOR in ladder for ladder in held(trial).values()), 10, "no old ladder is left")


def test_a_file_that_was_changed_and_not_published_changes_no_ladder(trial: Trial, roster: Path) -> None:
    assert trial.hotline is not None
    hotline, in_force, good = trial.hotline, trial.hotline.roster.directory, roster.read_text(encoding="utf-8")
    roster.write_text(good.replace(DIRECTOR, NEW_DIRECTOR), encoding="utf-8")
    wait_until(lambda: hotline.roster.unpublished, 40, "the change is seen")
    assert hotline.roster.directory is in_force
    assert now_rings(trial) == [DIRECTOR, DEPUTY, THIRD, ROOM]
    with pytest.raises(BadConfig, match="紧急号码"):
        publish(trial, roster, good.replace(DIRECTOR, "110"))
    assert now_rings(trial) == [DIRECTOR, DEPUTY, THIRD, ROOM]
    publish(trial, roster, good.replace(DIRECTOR, NEW_DIRECTOR))
    wait_until(lambda: now_rings(trial)[:1] == [NEW_DIRECTOR], 40, "the mended roster is taken")


def test_at_the_edge_of_a_shift_the_ladder_of_the_new_shift_counts(trial: Trial, clock: FastForwardClock) -> None:
    # Thursday 08:00: 王志强 takes over from 李春燕.
    clock.advance(timedelta(hours=21, minutes=21))
    wait_until(lambda: DEPUTY not in now_rings(trial), 40, "the deputy of Wednesday is not rung any more")
    assert now_rings(trial)[:2] == [DIRECTOR, "13808700003"]
