"""The console's pages as served, with one case in the database, and one browser for all tests of a file."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from tests.fakes.databases import Databases, SqliteDatabases
from tests.fakes.directories import small_directory
from tests.fakes.pages import Clock, browser, office_with
from tests.fakes.told_calls import MORNING, RULES, talked, tell_it
from zhitong.console.office import Office
from zhitong.settings import load_settings


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """SQLite alone: the use cases that pages call run on both by themselves."""
    return SqliteDatabases(tmp_path_factory.mktemp("databases"))


@pytest.fixture
def clock() -> Clock:
    """The office's clock, which the test sets."""
    return Clock(MORNING)


@pytest.fixture
def office(engine: Engine, clock: Clock, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office with the case NUMBER in it, and a data folder and configuration of its own: pages write there."""
    tell_it(engine, RULES, talked())
    folder = tmp_path_factory.mktemp("data")
    shipped = asdict(load_settings(environ={}).files)
    copied = Path(shutil.copytree(shipped["rules"], folder / "config"))
    files = {name: str(copied / path.relative_to(shipped["rules"])) for name, path in shipped.items()}
    settings = load_settings(overrides={"folders": {"data": str(folder)}, "files": files})
    return office_with(engine, settings=settings, clock=clock, directory=small_directory(), rules=lambda: RULES)
