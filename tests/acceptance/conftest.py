"""Fixtures of the acceptance tests. A module may give its own `setting`; `stage` is then one hotline per module."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.acceptance.stage import Setting, Stage, open_stage

_CITIZENS = count(1)


@pytest.fixture(scope="module")
def setting() -> Setting:
    """What the module's hotline is built with."""
    return Setting()


@pytest.fixture(scope="module")
def house(setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The module's hotline with Asterisk and telephones."""
    with open_stage(setting, tmp_path_factory.mktemp("hotline")) as stage:
        yield stage


@pytest.fixture
def stage(house: Stage) -> Iterator[Stage]:
    """The module's hotline, all telephones as new; afterwards everybody has hung up and nothing is left of any call."""
    house.reset()
    yield house
    house.end_all()


@pytest.fixture
def citizens() -> Iterator[str]:
    """Numbers that no other test's citizens have."""
    return (f"139{i:08d}" for i in _CITIZENS)


@pytest.fixture
def citizen(citizens: Iterator[str]) -> str:
    """One such number."""
    return next(citizens)
