"""What goes into a backup, and under which name: names are the same as below the data folder that it is restored to."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy.engine import make_url

from zhitong.settings import SHIPPED, Settings

ABOUT, SUMS = "backup.json", "SHA256SUMS"
"""The first file of a backup, and the last: SHA-256 and name of all others, as sha256sum writes them."""
DATABASE, DUMP = "zhitong.sqlite3", "zhitong.pgdump"
ASTDB = "asterisk/lib/astdb.sqlite3"
CONFIGURATION = "configuration"
"""Copies of the files that lie outside the data folder."""
BACKUPS = "backups"
_LEFT_OUT = frozenset({BACKUPS, "run", "run.lock", "incoming", "logs", "asterisk", DATABASE, ABOUT, SUMS})
"""Of the data folder: what is taken in another way, or made again at any time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A file to be taken. name: in the backup, with / between folders."""

    name: str
    path: Path


def backups_folder(settings: Settings) -> Path:
    """Where the console's backups lie."""
    return settings.folders.data / BACKUPS


def sqlite_file(settings: Settings) -> Path | None:
    """The database, where it is a file."""
    address = make_url(settings.store.database_url)
    return Path(address.database).absolute() if address.get_backend_name() == "sqlite" and address.database else None


def astdb_file(settings: Settings) -> Path:
    """What Asterisk knows when the controller is gone: ladders, and calls of which no case was made yet."""
    return settings.asterisk.folder / "lib" / "astdb.sqlite3"


def journal_files(settings: Settings) -> Iterator[Item]:
    """The facts that wait for the database. They are taken before it: what moves over meanwhile is in both."""
    yield from _below(settings.folders.journal, "journal")


def plain_files(settings: Settings) -> Iterator[Item]:
    """Every other file: recordings, prompts, what lies in the data folder, the configuration, secrets."""
    data, folders = settings.folders.data, settings.folders
    others = {folders.recordings: "recordings", folders.prompts_recorded: "prompts"}
    for path, name in others.items():
        yield from _below(path, name)
    taken = {path.resolve() for path in (*others, folders.journal, folders.prompts_cache, settings.asterisk.folder)}
    database = sqlite_file(settings)
    live = {f"{database}{tail}" for tail in ("", "-wal", "-shm", "-journal")} if database else set()
    for path in sorted(data.iterdir()) if data.is_dir() else ():
        if path.name in _LEFT_OUT or path.resolve() in taken or str(path.absolute()) in live:
            continue
        yield from _below(path, path.name)
    secret = settings.asterisk.folder / "ami.secret"
    if secret.is_file():
        yield Item(name="asterisk/ami.secret", path=secret)
    yield from configuration_files(settings)


def configuration_files(settings: Settings) -> Iterator[Item]:
    """The files of the configuration that lie outside the data folder."""
    own = os.environ.get("ZHITONG_CONFIG", "")
    paths = [SHIPPED, *([Path(own).expanduser()] if own else [])]
    rules = settings.files.rules
    paths += [getattr(settings.files, one.name) for one in fields(settings.files) if one.name != "rules"]
    paths += [rules / "policies", rules / "calendar", rules / "retention.toml"]
    for path in dict.fromkeys(paths):
        if not path.resolve().is_relative_to(settings.folders.data.resolve()):
            yield from _below(path, f"{CONFIGURATION}/{path.name}")


def _below(path: Path, name: str) -> Iterator[Item]:
    """The file, or all files of the folder; no links, which might lead anywhere, and nothing half written."""
    if path.is_file() and not path.is_symlink():
        yield Item(name=name, path=path)
        return
    for folder, _, files in os.walk(path):
        for one in sorted(files):
            found = Path(folder) / one
            if found.is_file() and not found.is_symlink() and not one.endswith(".part"):
                yield Item(name=f"{name}/{found.relative_to(path).as_posix()}", path=found)
