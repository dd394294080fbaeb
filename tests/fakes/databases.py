"""The two databases on which every test of the store runs, alike to the test but for what it calls their outages."""

import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from tests.fakes.postgresql import PostgresqlServer, database_of
from zhitong.store.engine import open_engine
from zhitong.store.migrate import migrate
from zhitong.store.postgresql import WRITERS


class Databases(Protocol):
    """Where new databases come from, and what can happen to one."""

    name: str
    only_read: str
    """SQL after which a connection refuses to write."""

    def new(self) -> str:
        """The address of a new casework in which nothing has happened."""

    def drop(self, address: str) -> None:
        """Takes it away; nobody needs it any more."""

    def destroy(self, address: str) -> None:
        """It is gone for good."""

    def take_away(self, address: str) -> None:
        """It is gone until `bring_back`: the file, or the server, which is killed."""

    def bring_back(self, address: str) -> None:
        """It is there again with what had been committed."""

    def written_elsewhere(self, address: str) -> AbstractContextManager[None]:
        """Meanwhile another program writes, and does not come to an end."""

    def refuse_facts_of(self, call_id: str) -> str:
        """SQL for a stand-in of any fault in the casework of one call."""


class SqliteDatabases:
    """A file each, in a folder."""

    name = "sqlite"
    only_read = "PRAGMA query_only=ON"

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, itertools.count(1)

    def new(self) -> str:
        file = self._folder / f"{next(self._numbers)}" / "cases.sqlite3"
        file.parent.mkdir()
        file.write_bytes(_empty_casework())
        return f"sqlite:///{file}"

    def drop(self, address: str) -> None:
        shutil.rmtree(_file(address).parent)

    def destroy(self, address: str) -> None:
        for path in list(_file(address).parent.iterdir()):
            path.unlink()

    def take_away(self, address: str) -> None:
        for path in list(_file(address).parent.iterdir()):
            path.rename(path.with_name(f"away-{path.name}"))
        _file(address).mkdir()  # or whoever begins would begin a new one

    def bring_back(self, address: str) -> None:
        _file(address).rmdir()
        for path in list(_file(address).parent.glob("away-*")):
            path.rename(path.with_name(path.name.removeprefix("away-")))

    @contextmanager
    def written_elsewhere(self, address: str) -> Iterator[None]:
        other = sqlite3.connect(_file(address), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()

    def refuse_facts_of(self, call_id: str) -> str:
        return (
            f"CREATE TRIGGER no BEFORE INSERT ON facts WHEN NEW.call_id = '{call_id}' BEGIN "
            "SELECT RAISE(ABORT, 'no such call'); END"
        )


class PostgresqlDatabases:
    """Databases of one private server."""

    name = "postgresql"
    only_read = "SET default_transaction_read_only = on"

    def __init__(self, server: PostgresqlServer) -> None:
        self._server = server

    def new(self) -> str:
        return self._server.new()

    def drop(self, address: str) -> None:
        self._server.drop(address)

    def destroy(self, address: str) -> None:
        self._server.destroy(address)

    def take_away(self, address: str) -> None:
        self._server.kill()

    def bring_back(self, address: str) -> None:
        self._server.start()

    @contextmanager
    def written_elsewhere(self, address: str) -> Iterator[None]:
        with self._server.administered(database_of(address)) as other, other.transaction():
            other.execute(f"SELECT pg_advisory_xact_lock({WRITERS})")
            yield

    def refuse_facts_of(self, call_id: str) -> str:
        return f"ALTER TABLE facts ADD CONSTRAINT no_such_call CHECK (call_id <> '{call_id}')"


@contextmanager
def new_casework(databases: Databases) -> Iterator[Engine]:
    """A new database, opened; for tests that need more than one."""
    address = databases.new()
    engine = open_engine(address)
    yield engine
    engine.dispose()
    databases.drop(address)


@cache
def _empty_casework() -> bytes:
    """The file of a casework in which nothing has happened yet."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite3"
        migrate(f"sqlite:///{file}")
        return file.read_bytes()


def _file(address: str) -> Path:
    return Path(address.removeprefix("sqlite:///"))
