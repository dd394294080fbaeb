"""What the tests of the store and of the use cases begin with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from zhitong.store.engine import open_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A casework in which nothing has happened yet, opened."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()
