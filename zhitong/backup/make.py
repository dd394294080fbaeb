"""A backup is made: one tar file, there whole and looked through, or not at all."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.engine import make_url

from routing.calendar import LOCAL
from zhitong.backup.contents import (
    ABOUT,
    ASTDB,
    DATABASE,
    DUMP,
    SUMS,
    Item,
    astdb_file,
    journal_files,
    plain_files,
    sqlite_file,
)
from zhitong.backup.verify import Verified, verify_backup
from zhitong.errors import BackupFailed
from zhitong.settings import Settings

FORMAT = 1
DUMP_SECONDS = 3600.0
_SPARE = 64 << 20
"""Bytes that are to be left free on the disk."""
_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A backup that was made. database: sqlite, postgresql, or empty: pg_dump is to be run by people."""

    path: Path
    database: str
    verified: Verified


def make_backup(
    settings: Settings, path: Path, *, now: datetime, told: Callable[[int], None] = lambda files: None
) -> Made:
    """Everything of this data folder into the file. told: how many files are in it so far, now and then.

    Raises BackupFailed: a file of that name is there, no room, a database that cannot be read or is damaged.
    """
    if path.exists():
        raise BackupFailed(f"已经有 {path}；备份不盖掉以前的，请换一个文件名")
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as scratch:
            journal = [_kept(item, Path(scratch) / "journal") for item in journal_files(settings)]
            database, snapshots = _snapshots(settings, Path(scratch))
            items = [*journal, *snapshots, *plain_files(settings)]
            _room(path.parent, items)
            about = {"format": FORMAT, "at": now.isoformat(), "database": database, "county": settings.hotline.county}
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                _write(file, about, items, now, told)
                file.flush()
                os.fsync(file.fileno())
        verified = verify_backup(part)
        part.replace(path)
    except OSError as error:
        raise BackupFailed(f"备份没有做成：{error.strerror or error}（{error.filename or path}）") from error
    finally:
        part.unlink(missing_ok=True)
    return Made(path=path, database=database, verified=verified)


def backup_name(now: datetime) -> str:
    """What a backup of this minute is called."""
    return f"zhitong-{now.astimezone(LOCAL):%Y%m%d-%H%M%S}.tar"


def _kept(item: Item, folder: Path) -> Item:
    """A copy of a file that others go on with."""
    kept = folder / f"{hashlib.sha256(item.name.encode()).hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(item.path, kept)
    return Item(name=item.name, path=kept)


def _snapshots(settings: Settings, scratch: Path) -> tuple[str, list[Item]]:
    """The databases as they are at one moment. Raises BackupFailed."""
    found, items = sqlite_file(settings), list[Item]()
    if found is not None:
        database = "sqlite"
        items.append(Item(name=DATABASE, path=_snapshot(found, scratch / DATABASE)))
    else:
        dumped = _dumped(settings.store.database_url, scratch / DUMP)
        database = "postgresql" if dumped else ""
        items += [Item(name=DUMP, path=scratch / DUMP)] if dumped else []
    if astdb_file(settings).is_file():
        items.append(Item(name=ASTDB, path=_snapshot(astdb_file(settings), scratch / "astdb.sqlite3")))
    return database, items


def _snapshot(source: Path, target: Path) -> Path:
    """SQLite's own online backup: of one moment, while others write. Raises BackupFailed."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as there,
            contextlib.closing(sqlite3.connect(target)) as here,
        ):
            there.backup(here)
            # One file, not three: what is read back from an archive has no log beside it.
            here.execute("PRAGMA journal_mode=DELETE")
            (fit,) = here.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BackupFailed(f"数据库 {source.name} 读不出来（{error}）；没有备份，请先看它怎么了") from error
    if fit != "ok":
        raise BackupFailed(f"数据库 {source.name} 已经损坏（{fit}）；没有备份，请用以前的备份恢复")
    target.chmod(0o600)
    return target


def _dumped(url: str, target: Path) -> bool:
    """By pg_dump, which must be as new as the server; False: there is none here. Raises BackupFailed."""
    program = shutil.which("pg_dump")
    if program is None:
        return False
    address = make_url(url)
    told = {
        "PGHOST": address.host or "",
        "PGPORT": str(address.port or ""),
        "PGUSER": address.username or "",
        "PGPASSWORD": address.password or "",  # in a command line every user of the machine would read it
        "PGDATABASE": address.database or "",
    }
    for name, one in address.query.items():
        told |= {f"PG{name.upper()}": one} if name in ("host", "port", "sslmode") and isinstance(one, str) else {}
    environ = {**os.environ, **{name: one for name, one in told.items() if one}}
    try:
        done = subprocess.run(
            [program, "--format=custom", f"--file={target}", "--no-password"],
            env=environ,
            capture_output=True,
            timeout=DUMP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise BackupFailed(f"pg_dump {DUMP_SECONDS:.0f} 秒没有做完；没有备份，请用 pg_dump 另外备份数据库") from late
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise BackupFailed(f"pg_dump 没有做成（{(lines or ['没有说为什么'])[-1][:200]}）；没有备份")
    return True


def _room(folder: Path, items: Iterable[Item]) -> None:
    needed = _SPARE
    for item in items:
        with contextlib.suppress(FileNotFoundError):
            needed += item.path.stat().st_size + 1024
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupFailed(f"{folder} 所在的磁盘只剩 {free >> 20} MB，要 {needed >> 20} MB；请清理，或存到别的磁盘")


def _write(
    file: BinaryIO, about: dict[str, object], items: Iterable[Item], now: datetime, told: Callable[[int], None]
) -> None:
    sums = list[str]()

    def add(name: str, source: BinaryIO, size: int) -> None:
        head = tarfile.TarInfo(name)
        head.size, head.mode, head.mtime = size, 0o600, int(now.timestamp())
        hashing = _Hashing(source)
        archive.addfile(head, hashing)
        sums.append(f"{hashing.digest.hexdigest()}  {name}\n")

    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        text = json.dumps(about, ensure_ascii=False).encode()
        add(ABOUT, io.BytesIO(text), len(text))
        for count, item in enumerate(items, 1):
            try:
                source = item.path.open("rb")
            except FileNotFoundError:
                continue  # retention has deleted it since
            with source:
                # What grows meanwhile is taken up to here; what shrinks would not be what it was.
                add(item.name, source, os.fstat(source.fileno()).st_size)
            told(count)
        listed = "".join(sums).encode()
        add(SUMS, io.BytesIO(listed), len(listed))


class _Hashing:
    """What is read passes through a digest."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self.digest = source, hashlib.sha256()

    def read(self, size: int = _BLOCK) -> bytes:
        block = self._source.read(size)
        self.digest.update(block)
        return block
