"""A house for menus: the shipped roster on a real database, and a clock that a test puts forward."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from routing.calendar import LOCAL
from tests.fakes.told_calls import new_database
from zhitong.clock import FastForwardClock
from zhitong.roster_in_force import RosterInForce
from zhitong.settings import load_settings
from zhitong.staff.context import Staff
from zhitong.usecases.rules import load_rules

EVENING = datetime(2026, 12, 3, 19, 0, 5, tzinfo=LOCAL)
"""A Thursday; from Friday 08:00 on it is 王志强's turn."""


@pytest.fixture
def clock() -> FastForwardClock:
    return FastForwardClock(EVENING)


@pytest.fixture
def roster(tmp_path: Path, clock: FastForwardClock) -> Iterator[RosterInForce]:
    engine = new_database(tmp_path)
    yield RosterInForce(load_settings(environ={"HOME": str(tmp_path)}), engine, clock.now())
    engine.dispose()


@pytest.fixture
def staff(tmp_path: Path, roster: RosterInForce, clock: FastForwardClock) -> Staff:
    settings = load_settings(environ={"HOME": str(tmp_path)})
    settings.folders.data.mkdir(parents=True, exist_ok=True)

    def directory() -> object:
        roster.look(clock.now())
        return roster.directory

    return Staff(
        engine=roster.engine,
        rules=load_rules(settings.files.rules),
        settings=settings,
        directory=directory,  # type: ignore[arg-type]
        base=lambda: roster.base,
        now=clock.now,
    )
