"""Opening the database. SQLite (WAL) is the embedded default; PostgreSQL works as well."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Compiled, Connection, Dialect, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from zhitong.errors import DatabaseGone, DatabaseUnfit
from zhitong.store.postgresql import from_one_moment, in_plain_words, is_as_if_gone, open_postgresql

_POOL_TIMEOUT = 5.0  # seconds to wait for a free connection


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def open_engine(url: str, *, busy_timeout: float = 2.0, create: bool = False) -> Engine:
    """An engine for this address; nothing is connected yet.

    busy_timeout: seconds to wait for a lock. create: make a missing SQLite file, and the tables after it (migrate does
    that); otherwise a file that has vanished is DatabaseGone, never a new empty database. Raises DatabaseUnfit for an
    unusable address.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        head, at, rest = url.partition("?")[0].rpartition("@")
        shown = f"***{at}{rest}" if head else rest  # it may hold a password
        raise DatabaseUnfit(
            f"store.database_url：{shown!r} 不是数据库地址；例如 sqlite:////var/lib/zhitong/zhitong.sqlite3"
        ) from None
    backend = address.get_backend_name()
    if backend == "postgresql":
        return open_postgresql(address, busy_timeout=busy_timeout, migrates=create, json_serializer=_json)
    if backend != "sqlite":
        raise DatabaseUnfit(f"store.database_url：不支持 {backend}；请用 sqlite 或 postgresql")
    if not address.database or address.database == ":memory:":
        raise DatabaseUnfit("store.database_url：SQLite 要写文件路径；内存里的数据库重启就没了")
    path = Path(address.database).absolute()
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    # A URI makes SQLite refuse to create a file.
    file = f"{path.as_uri()}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(file, uri=True, timeout=busy_timeout, check_same_thread=False, isolation_level=None)

    def prepare(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}").close()
        entry.info["inode"] = path.stat().st_ino

    def still_there(_: sqlite3.Connection, entry: ConnectionPoolEntry, __: object) -> None:
        # SQLite goes on writing into a file that was deleted or replaced: everything would be lost without a word.
        try:
            same = path.stat().st_ino == entry.info.get("inode")
        except OSError:
            same = False
        if not same:
            raise DisconnectionError("the database file is no longer the one that was opened")

    engine = create_engine(
        address,
        creator=connect,
        poolclass=QueuePool,
        pool_timeout=_POOL_TIMEOUT,
        json_serializer=_json,
        hide_parameters=True,  # an error's text goes to the log, and what a caller said must not
    )
    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkout", still_there)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could find its snapshot stale, and fail without waiting.
    writes = connection.get_execution_options().get("zhitong_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back if anything is raised. Raises DatabaseGone.

    One at a time, so that what it reads stays true until its end: no use case has to think of another one.
    """
    with (
        _turn(engine),
        _told_plainly(),
        engine.connect().execution_options(zhitong_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


_turns: dict[str, threading.Lock] = {}
_TURN_LIMIT = 2.0  # seconds; after that SQLite says by itself that the file is locked


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Writers of one process wait here for each other: waiting for a file SQLite sleeps, up to 0.1 s too long."""
    if engine.dialect.name != "sqlite":
        yield
        return
    turn = _turns.setdefault(str(engine.url.database), threading.Lock())
    mine = turn.acquire(timeout=_TURN_LIMIT)
    try:
        yield
    finally:
        if mine:
            turn.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, from one moment's state. Raises DatabaseGone."""
    with _told_plainly(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            from_one_moment(connection)
        with connection.begin():
            yield connection


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout, DisconnectionError) as error:
        if isinstance(error, (IntegrityError, DataError, ProgrammingError)) and not is_as_if_gone(error):
            raise  # a fault of the program, not of the database
        reason = error.orig if isinstance(error, DBAPIError) and error.orig else error
        raise DatabaseGone(f"数据库用不了：{in_plain_words(reason)}") from error


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, changes: tuple[str, ...] = ()
) -> None:
    """Inserts many rows of the same columns in one go; one whose key is there already only takes over `changes`.

    Without `changes` it stays as it is.
    """
    if rows:
        # A compiled statement is no Executable to the type checker; Connection.execute takes one all the same.
        statement: Any = _insert(table, connection.dialect, tuple(rows[0]), changes)
        connection.execute(statement, rows)


@lru_cache(maxsize=64)
def _insert(table: Table, dialect: Dialect, columns: tuple[str, ...], changes: tuple[str, ...]) -> Compiled:
    """SQLAlchemy compiles a dialect's own insert anew at each execution, which costs more than running it."""
    insert = sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)
    if changes:
        statement = insert.on_conflict_do_update(
            index_elements=list(table.primary_key), set_={name: insert.excluded[name] for name in changes}
        )
    else:
        statement = insert.on_conflict_do_nothing()
    return statement.compile(dialect=dialect, column_keys=columns, for_executemany=True)
