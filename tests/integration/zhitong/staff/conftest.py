"""A house for menus: the shipped roster on a real database, and a clock that a test puts forward."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from routing.calendar import LOCAL
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
def roster(tmp_path: Path, engine: Engine, clock: FastForwardClock) -> RosterInForce:
    return RosterInForce(load_settings(environ={"HOME": str(tmp_path)}), engine, clock.now())


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
