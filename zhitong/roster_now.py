"""The roster as it is now: the files, and what is in the database of it."""

from datetime import datetime

from sqlalchemy import Engine

from routing.changes import in_force, standing
from routing.directory import Directory
from zhitong.directory_files import directory_of_files
from zhitong.settings import Settings
from zhitong.store.engine import open_engine
from zhitong.store.migrate import migrate
from zhitong.usecases.change_roster import list_changes


def directory_now(settings: Settings, now: datetime) -> tuple[Directory, Directory, Engine]:
    """The directory of the files, the one in force with all changes, and the database they are in."""
    base, engine = directory_of_files(settings, now), store(settings)
    return base, in_force(base, standing(list_changes(engine))), engine


def store(settings: Settings) -> Engine:
    """The database, brought to this version."""
    migrate(settings.store.database_url)
    return open_engine(settings.store.database_url)
