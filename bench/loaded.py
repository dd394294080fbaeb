"""The caseworks of 10⁵ and 10⁶ cases, on SQLite and on PostgreSQL: loaded once into the cache, and taken from there.

What was loaded for other tables, or by another generator, is loaded anew.
"""

import os
import shutil
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from bench.many_cases import COLUMNS, GENERATOR, portions
from tests.fakes.postgresql import PostgresqlServer
from zhitong.settings import cache_folder
from zhitong.store.engine import open_engine, reading
from zhitong.store.migrate import migrate, versions

Tell = Callable[[str], None]
_LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
SERVING = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "1GB",
}
"""As a county runs it: Debian's own settings, but for the memory. The tests' server would forget all in a power cut."""


class Loaded(Protocol):
    """One kind of database with its caseworks."""

    name: str
    """As people call it."""

    def addresses(self, sizes: Sequence[int], tell: Tell) -> list[str]:
        """Of the caseworks of so many cases; what is not there is loaded first, and older addresses are then gone."""

    def anchors(self, n: int) -> Path:
        """Where the anchors of its chains lie: what was anchored once is not anchored again."""


class LoadedSqlite:
    """A file for each size."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def addresses(self, sizes: Sequence[int], tell: Tell) -> list[str]:
        return [self._address(n, tell) for n in sizes]

    def _address(self, n: int, tell: Tell) -> str:
        path = self._folder / f"cases-{n}-{_version()}.sqlite3"
        if not path.exists():
            for old in self._folder.glob(f"cases-{n}-*"):
                old.unlink()
            _forget(self.anchors(n))
            _load_sqlite(path, n, tell)
        return f"sqlite:///{path}"

    def anchors(self, n: int) -> Path:
        return self._folder / f"anchors-sqlite-{n}-{_version()}"


def _load_sqlite(path: Path, n: int, tell: Tell) -> None:
    half = path.with_suffix(".half")
    migrate(f"sqlite:///{half}")
    connection = sqlite3.connect(half, isolation_level=None)
    for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "locking_mode=EXCLUSIVE"):
        connection.execute(f"PRAGMA {setting}").close()
    told = _Told(tell, n, "SQLite")
    for rows in portions(n):
        connection.execute("BEGIN")
        for table, columns in COLUMNS.items():
            places = ",".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table.name} ({','.join(columns)}) VALUES ({places})", rows[table])
        connection.execute("COMMIT")
        told.more(len(rows[next(iter(COLUMNS))]))
    connection.close()
    os.sync()
    half.rename(path)


class LoadedPostgresql:
    """A database for each size in one private cluster, which runs from `start` to `stop`, with durable commits."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: PostgresqlServer | None = None

    def addresses(self, sizes: Sequence[int], tell: Tell) -> list[str]:
        names = {n: f"cases_{n}_{_version()}" for n in sizes}
        there = self._databases(self._running(SERVING))
        if missing := [n for n in sizes if names[n] not in there]:
            self.stop()  # its settings change, and with each start its address
            server = self._running(_LOADING)
            for n in missing:
                self._load(server, n, names[n], tell)
            self.stop()
            os.sync()
        server = self._running(SERVING)
        return [server.address(names[n]) for n in sizes]

    def _load(self, server: PostgresqlServer, n: int, name: str, tell: Tell) -> None:
        _forget(self.anchors(n))
        with server.administered() as connection:
            for old in self._databases(server):
                if old.startswith((f"cases_{n}_", "half_")):
                    connection.execute(f"DROP DATABASE {old}")
            connection.execute(f"CREATE DATABASE half_{n}")
        _load_postgresql(server, f"half_{n}", n, tell)
        with server.administered() as connection:
            connection.execute(f"ALTER DATABASE half_{n} RENAME TO {name}")
            connection.execute("CHECKPOINT")

    def _databases(self, server: PostgresqlServer) -> list[str]:
        with server.administered() as connection:
            return [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]

    def anchors(self, n: int) -> Path:
        return self._folder.with_name(f"anchors-postgresql-{n}-{_version()}")

    def stop(self) -> None:
        """Ends the server; what is in it stays."""
        if self._server is not None:
            self._server.remove()
            self._server = None

    def _running(self, settings: dict[str, str]) -> PostgresqlServer:
        if self._server is None:
            self._server = PostgresqlServer(kept=self._folder, **settings)
            self._server.start()
        return self._server


def _load_postgresql(server: PostgresqlServer, name: str, n: int, tell: Tell) -> None:
    migrate(server.address(name))
    told = _Told(tell, n, "PostgreSQL")
    with server.administered(name) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute("SET session_replication_role = replica")  # what is named is there: no need to look
        for rows in portions(n):
            for table, columns in COLUMNS.items():
                lines = "".join("\t".join(_field(value) for value in row) + "\n" for row in rows[table])
                with connection.cursor().copy(f"COPY {table.name} ({','.join(columns)}) FROM STDIN") as copy:
                    copy.write(lines)
            told.more(len(rows[next(iter(COLUMNS))]))
        connection.execute("SELECT setval('due_id_seq', %s)", [n + 1])
        connection.execute("VACUUM ANALYZE")


def _forget(anchors: Path) -> None:
    """What was anchored of an older load, whatever version it had."""
    for old in anchors.parent.glob(anchors.name.removesuffix(_version()) + "*"):
        shutil.rmtree(old)


def _field(value: object) -> str:
    return "\\N" if value is None else str(value)


def folder() -> Path:
    """Where they lie."""
    return cache_folder(os.environ) / "bench"


@contextmanager
def both() -> Iterator[tuple[LoadedSqlite, LoadedPostgresql]]:
    """Both kinds, from the cache; the server ends with it."""
    postgresql = LoadedPostgresql(folder() / "postgresql")
    try:
        yield LoadedSqlite(folder()), postgresql
    finally:
        postgresql.stop()


def server_settings(address: str) -> dict[str, str]:
    """What the server says of how durable a commit of ours is."""
    engine = open_engine(address)
    with reading(engine) as connection:
        found = {
            name: str(connection.exec_driver_sql(f"SHOW {name}").scalar())
            for name in ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")
        }
    engine.dispose()
    return found


def _version() -> str:
    """Of the tables, by all migrations in their order, and of the generator."""
    return f"{versions()[0]}_{zlib.crc32(' '.join(versions()).encode()):08x}_{GENERATOR}"


class _Told:
    def __init__(self, tell: Tell, n: int, where: str) -> None:
        self._tell, self._n, self._where, self._loaded, self._at = tell, n, where, 0, time.monotonic()

    def more(self, n: int) -> None:
        self._loaded += n
        if self._loaded == self._n or time.monotonic() - self._at > 30:
            self._tell(f"  loaded {self._loaded} of {self._n} cases into {self._where}")
            self._at = time.monotonic()
