"""The roster as it is now: the edition in force, and what is in the database of it."""

import sys
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine

from routing.changes import in_force, standing
from routing.checks import Finding, check_roster
from routing.directory import Directory
from routing.faults import BadConfig
from zhitong.directory_files import directory_of, draft_of
from zhitong.edition_in_force import InForce, edition_in_force, without_values
from zhitong.settings import Settings
from zhitong.store.engine import open_engine
from zhitong.store.migrate import migrate
from zhitong.usecases.change_roster import list_changes

AHEAD_DAYS = 30
"""So far ahead a change is looked at for what it would make wrong."""


def directory_now(settings: Settings, now: datetime, *, draft: bool = False) -> tuple[Directory, Directory, Engine]:
    """The directory of the edition in force, the same with all changes, and the database they are in.

    draft: of the files as they stand instead. Raises BadConfig, BadCalendar, DatabaseGone.
    """
    engine = store(settings)
    base = base_now(settings, engine, now, draft=draft)
    return base, in_force(base, standing(list_changes(engine))), engine


def base_now(settings: Settings, engine: Engine, now: datetime, *, draft: bool = False) -> Directory:
    """The directory of the edition in force, or of the files as they stand; the database may be away.

    Raises BadConfig, BadCalendar.
    """
    return directory_of(settings, draft_of(settings)) if draft else edition_now(settings, engine, now).directory


def edition_now(settings: Settings, engine: Engine, now: datetime) -> InForce:
    """The edition that calls go by; what is wrong with it, or with the files, or that they differ, on standard error.

    Raises BadConfig and BadCalendar when nothing can be read; the database may be away.
    """
    found = edition_in_force(settings, engine, now)
    number = f"第 {found.edition.id} 版" if found.edition.id else "文件"
    if found.trouble:
        print(f"请注意：现在按{number}接电话。{found.trouble}", file=sys.stderr)
    try:
        if draft_of(settings).digest != found.edition.digest:
            told = f"值班表文件有改动没有发布，来电照{number}打；看改了什么：zhitong roster publish --preview"
            print(f"请注意：{told}", file=sys.stderr)
    except BadConfig as error:
        print(f"请注意：{without_values(error)}来电照{number}打。", file=sys.stderr)
    return found


def store(settings: Settings) -> Engine:
    """The database, brought to this version."""
    migrate(settings.store.database_url)
    return open_engine(settings.store.database_url)


def new_findings(before: Directory, directory: Directory, now: datetime) -> list[Finding]:
    """What was not wrong with the coming weeks before."""
    known = set(check_roster(before, now, days=AHEAD_DAYS))
    return [finding for finding in check_roster(directory, now, days=AHEAD_DAYS) if finding not in known]


def tell_new_findings(new: Sequence[Finding]) -> None:
    """Prints what a change makes wrong: in a gap the duty room fills in."""
    if new:
        print(f"请注意，以后 {AHEAD_DAYS} 天多了 {len(new)} 处：")
        print("\n".join(map(str, new)))
