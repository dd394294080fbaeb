"""The roster in force: the files, and what people changed since. A faulty file or a lost database changes nothing."""

import gc
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from routing.calendar import BadCalendar, calendar_files
from routing.changes import Standing, after, in_force, standing
from routing.directory import Directory
from routing.faults import BadConfig
from zhitong.directory_files import directory_of_files
from zhitong.errors import DatabaseGone
from zhitong.settings import Settings
from zhitong.store.engine import reading
from zhitong.store.roster import changes_of_roster, newest_change

log = logging.getLogger(__name__)


@contextmanager
def _uncollected() -> Iterator[None]:
    """What is read of the roster stays, and holds no cycles: the collector would go through all of it again and again,
    which for a large county takes as long as the reading."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class RosterInForce:
    """`directory` is what calls go by; `look` brings it up to date. Raises BadConfig at the start, never later."""

    @_uncollected()
    def __init__(self, settings: Settings, engine: Engine, now: datetime) -> None:
        self._settings, self.engine = settings, engine
        self._files = self._seen_files()
        self.base = directory_of_files(settings, now)
        self._seen: tuple[int, int] | None = None
        self._standing = Standing()
        self.directory: Directory = self.base
        self.trouble = ""
        """Why the files as they stand are not the ones in force; empty when they are."""

    @_uncollected()
    def look(self, now: datetime) -> bool:
        """Whether anything has changed since the last look; takes what has."""
        changed = self._look_at_files(now)
        try:
            with reading(self.engine) as connection:
                newest = newest_change(connection)
                if newest != self._seen:
                    added = self._seen is not None and newest[1] == self._seen[1]  # and nothing was taken back
                    changes = changes_of_roster(connection, after=self._seen[0] if added and self._seen else 0)
                    self._standing = after(self._standing, changes) if added else standing(changes)
                    changed, self._seen = True, newest
        except DatabaseGone as gone:
            if self._seen is None:
                log.warning("changes of the roster are not known yet, its file alone counts: %s", gone)
        if changed:
            self.directory = in_force(self.base, self._standing, before=self.directory)
        return changed

    @property
    def complete(self) -> bool:
        """Whether it is known what people changed; until the database was read once, the files alone count."""
        return self._seen is not None

    def _look_at_files(self, now: datetime) -> bool:
        seen = self._seen_files()
        if seen == self._files:
            return False
        self._files = seen
        try:
            self.base = directory_of_files(self._settings, now)
        except (BadConfig, BadCalendar) as error:
            # Without the values: there are names and numbers among them.
            faults = str(error)
            if isinstance(error, BadConfig):
                faults = "; ".join(f"{fault.field}: {fault.mend}" for fault in error.faults)
            log.error("the changed roster is refused, the old one stays: %s", faults)
            self.trouble = str(error)
            return False
        self.trouble = ""
        log.info("the roster has changed")
        return True

    def _seen_files(self) -> tuple[tuple[int, int], ...]:
        files = self._settings.files
        return tuple(_seen(path) for path in (files.roster, files.escalation, *calendar_files(files.calendar)))


def _seen(path: Path) -> tuple[int, int]:
    """What tells a changed file: time and size; zeros while it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
