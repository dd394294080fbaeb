"""What the tests of the store and of the use cases begin with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.fakes.told_calls import new_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A casework in which nothing has happened yet: a real, empty SQLite database."""
    engine = new_database(tmp_path)
    yield engine
    engine.dispose()
