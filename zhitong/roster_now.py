"""The roster as it is now: the files, and what is in the database of it."""

from datetime import datetime

from sqlalchemy import Engine

from routing.changes import in_force, standing
from routing.checks import check_roster
from routing.directory import Directory
from zhitong.directory_files import directory_of_files
from zhitong.settings import Settings
from zhitong.store.engine import open_engine
from zhitong.store.migrate import migrate
from zhitong.usecases.change_roster import list_changes

AHEAD_DAYS = 30
"""So far ahead a change is looked at for what it would make wrong."""


def directory_now(settings: Settings, now: datetime) -> tuple[Directory, Directory, Engine]:
    """The directory of the files, the one in force with all changes, and the database they are in."""
    base, engine = directory_of_files(settings, now), store(settings)
    return base, in_force(base, standing(list_changes(engine))), engine


def store(settings: Settings) -> Engine:
    """The database, brought to this version."""
    migrate(settings.store.database_url)
    return open_engine(settings.store.database_url)


def tell_new_findings(before: Directory, directory: Directory, now: datetime) -> None:
    """Prints what was not wrong with the coming weeks before: in such hours only the duty room is left."""
    known = set(check_roster(before, now, days=AHEAD_DAYS))
    new = [finding for finding in check_roster(directory, now, days=AHEAD_DAYS) if finding not in known]
    if new:
        print(f"请注意，以后 {AHEAD_DAYS} 天多了 {len(new)} 处：")
        print("\n".join(map(str, new)))
