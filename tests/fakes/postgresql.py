"""A private PostgreSQL: a real server of Debian's, in a folder of its own, that ends with the process that started it.

No system cluster is looked at or touched. Root, whom PostgreSQL refuses, runs it as nobody.
"""

import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from dialplans.child_process import ChildProcess
from dialplans.ports import LOOPBACK, free_ports
from zhitong.store.migrate import migrate

NAME = "zhitong"
PASSWORD = "mima-4711"
_PREFIX = "zhitong-postgresql-"
_START_LIMIT = 60.0
_STOP_LIMIT = 300.0
"""Seconds: one that was written much to has much to bring to its disk."""
_LOCKED = "owner"
_TEMPLATE = "empty_casework"
_NOBODY = 65534
# What is in it ends with the tests: nothing has to survive a power cut, but a kill.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "jit": "off",
    "listen_addresses": LOOPBACK,
}

_SHAPE = """SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
    (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger),
    (SELECT version_num FROM alembic_version)"""
"""What a test may have changed beside the rows."""
_EMPTY = """DO $$ DECLARE one text; BEGIN
    SET LOCAL session_replication_role = replica; -- in any order
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP EXECUTE format('DELETE FROM %I', one); END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'
        LOOP PERFORM setval(one::regclass, 1, false); END LOOP;
END $$"""


class PostgresqlServer:
    """A cluster with the user `zhitong`: without a password by its socket, with PASSWORD by its port."""

    def __init__(self, *, kept: Path | None = None, **settings: str) -> None:
        """kept: a folder whose cluster stays there when it is stopped, and is taken up again.

        settings: of postgresql.conf, beside those of a test. Raises FileNotFoundError before `make setup`.
        """
        self._programs, self._environ = _programs()
        _remove_left_behind()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._data = kept or self.folder / "data"
        self._owner = _lock(self.folder)
        # setpriv: however we end, the kernel tells the server to end, too.
        self._as_whom = ["setpriv", "--pdeathsig=INT"]
        if os.geteuid() == 0:
            self._as_whom += [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
            if kept:  # it may lie in a folder of root's, which is closed to nobody
                self._as_whom += [f"--{which}-caps=+dac_read_search" for which in ("inh", "ambient")]
            self._programs = self._within_reach(self._programs)
            os.chown(self.folder, _NOBODY, _NOBODY)
        (self.port,) = free_ports(tcp=1)
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        told = {**_SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder), **settings}
        options = [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
        self._process = ChildProcess(
            [*self._as_whom, str(self._programs / "postgres"), "-D", str(self._data), *options],
            folder=self.folder,
            environ=self._environ,
            output=self.folder / "log",
            own_session=True,
            stop_limit=_STOP_LIMIT,
        )
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self._shape: object = None

    # ── from beginning to end ───────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Start it; returns when it takes connections. Raises TimeoutError."""
        deadline = time.monotonic() + _START_LIMIT
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL does not answer; it said: {self._said()}")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL; what was committed is there after the next start."""
        self._process.kill()

    def remove(self) -> None:
        """End it, with all that is in it but for what is kept."""
        if self._process.alive:
            os.kill(self._process.pid, signal.SIGINT)  # at once, not when the last client is gone
        self._process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._owner.close()

    # ── what is in it ───────────────────────────────────────────────────────────────────────────────────────────────

    def address(self, database: str) -> str:
        """By the socket, as store.database_url has it."""
        return f"postgresql+psycopg://{NAME}@:{self.port}/{database}?host={self.folder}"

    def address_by_port(self, database: str, *, user: str = NAME, password: str = PASSWORD) -> str:
        """The same by the port of loopback, where a password is asked for."""
        return f"postgresql+psycopg://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def new(self) -> str:
        """The address of a casework in which nothing has happened."""
        if not self._process.alive:
            self.start()  # a test that killed it has failed
        if self._free:
            return self._free.pop()
        with self.administered() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE]).fetchone():
                connection.execute(f"CREATE DATABASE {_TEMPLATE}")
                migrate(self.address(_TEMPLATE))
                self._shape = self._shape_of(_TEMPLATE)
            name = f"casework_{next(self._numbers)}"
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.address(name)

    def drop(self, address: str) -> None:
        """Nobody needs this casework any more: it is emptied for the next test, which is faster than a new one."""
        name = database_of(address)
        with self.administered() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        if self._shape_of(name) != self._shape:
            self.destroy(address)
            return
        with self.administered(name) as connection:
            connection.execute(_EMPTY)
        self._free.append(address)

    def destroy(self, address: str) -> None:
        """This database is gone, whoever is connected to it."""
        with self.administered() as connection:
            connection.execute(f"DROP DATABASE {database_of(address)} WITH (FORCE)")

    def _shape_of(self, name: str) -> object:
        with self.administered(name) as connection:
            return connection.execute(_SHAPE).fetchone()

    @contextmanager
    def administered(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A connection of the administrator, each statement on its own."""
        to = {"host": str(self.folder), "port": self.port, "user": NAME, "dbname": database, "connect_timeout": 5}
        with psycopg.connect(**to, autocommit=True) as connection:  # type: ignore[arg-type]
            yield connection

    # ── how it comes about ──────────────────────────────────────────────────────────────────────────────────────────

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            os.chown(secret, _NOBODY, _NOBODY)
        options = [f"--username={NAME}", f"--pwfile={secret}", "--auth-local=trust", "--auth-host=scram-sha-256"]
        options += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        self._data.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self._data, _NOBODY, _NOBODY)
        made = subprocess.run(
            [*self._as_whom, str(self._programs / "initdb"), "-D", str(self._data), *options],
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=_START_LIMIT,
        )
        if made.returncode:
            raise OSError(f"initdb: {made.stdout}{made.stderr}")

    def _within_reach(self, programs: Path) -> Path:
        """Root's cache is closed to nobody: what was unpacked there is copied."""
        unpacked = Path(os.environ["ZHITONG_POSTGRESQL"]) / "root"
        if not programs.is_relative_to(unpacked):
            return programs
        reached = self.folder / "program"
        subprocess.run(["cp", "-a", unpacked, reached], check=True, timeout=_START_LIMIT)
        libraries = self._environ["LD_LIBRARY_PATH"].replace(str(unpacked), str(reached))
        self._environ["LD_LIBRARY_PATH"] = libraries
        return reached / programs.relative_to(unpacked)

    def _answers(self) -> bool:
        if not self._process.alive:
            self._process.start()  # also again: what a killed server leaves is in its way for a moment
        try:
            with self.administered():
                return True
        except psycopg.OperationalError:
            return False

    def _said(self) -> str:
        log = self.folder / "log"
        return log.read_text()[-2000:] if log.exists() else ""


def database_of(address: str) -> str:
    """The name of the database in an address of `PostgresqlServer`."""
    return address.partition("?")[0].rpartition("/")[2]


def _programs() -> tuple[Path, dict[str, str]]:
    """Where initdb and postgres are, and the environment in which they run."""
    found = Path(os.environ.get("ZHITONG_POSTGRESQL", ""))
    if not (found / "bin" / "postgres").exists():
        raise FileNotFoundError("没有 PostgreSQL：请先运行 make setup，再用 make test 或 bin/python 运行测试")
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    programs = (found / "bin").resolve()
    if libraries := (found / "libraries").read_text().strip():
        environ["LD_LIBRARY_PATH"] = libraries
    return programs, environ


def _lock(folder: Path) -> IO[str]:
    """Held as long as this process lives, and not inherited by those it starts."""
    owner = (folder / _LOCKED).open("a")
    fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return owner


def _remove_left_behind() -> None:
    """The folders of runs that were killed; their servers have ended with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if not any((folder / made).exists() for made in ("data", "log")):
            continue  # it is just being made, or somebody else's
        try:
            _lock(folder).close()
        except OSError:
            continue  # it is in use
        shutil.rmtree(folder, ignore_errors=True)
