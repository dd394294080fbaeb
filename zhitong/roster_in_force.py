"""The roster in force: the edition published last, and what people changed since. A lost database changes nothing."""

import gc
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from routing.calendar import BadCalendar, calendar_files, load_calendar
from routing.changes import Standing, after, in_force, standing
from routing.directory import Directory
from routing.editions import Edition
from routing.faults import BadConfig
from zhitong.directory_files import directory_of, draft_of
from zhitong.edition_in_force import (
    copy_path,
    edition_in_force,
    read_edition,
    without_values,
    write_copy,
)
from zhitong.errors import DatabaseGone
from zhitong.settings import Settings
from zhitong.store.editions import edition_of, newest_edition
from zhitong.store.engine import reading
from zhitong.store.roster import changes_of_roster, newest_change
from zhitong.usecases.publish_roster import publish_as_found

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
        self._settings, self.engine, self._looking = settings, engine, threading.Lock()
        self._calendar_seen, self._draft_seen = self._calendar_files(), self._draft_files()
        found = edition_in_force(settings, engine, now)
        self.edition: Edition = found.edition
        """What is published; its number is 0 until the files were published for the first time."""
        self.base, self._calendar = found.directory, found.calendar
        self._newest = found.newest
        self._draft: tuple[str, Directory] | None = None
        """The changed files' digest, and what they say: read before they are published, so that they count at once."""
        self._kept: tuple[int, str] | None = None
        self._not_kept: tuple[int, str] | None = None
        self._seen: tuple[int, int] | None = None
        self._standing = Standing()
        self.directory: Directory = self.base
        self._troubles = {"edition": found.trouble, "calendar": ""}
        self.unpublished = False
        """Whether the files were changed and not published: calls do not go by them."""
        if found.trouble:
            log.error("the roster in force is %s: %s", _told(found.edition), found.trouble)
        self._look_at_draft()

    @property
    def trouble(self) -> str:
        """Why the newest edition, or the calendar as it stands, is not what counts; empty when it is."""
        return "\n".join(filter(None, self._troubles.values()))

    def look(self, now: datetime) -> bool:
        """Whether anything has changed since the last look; takes what has. On any thread."""
        with self._looking:
            return self._look(now)

    @_uncollected()
    def _look(self, now: datetime) -> bool:
        changed = self._look_at_calendar()
        if (seen := self._draft_files()) != self._draft_seen:
            self._draft_seen = seen
            self._look_at_draft()
        try:
            with reading(self.engine) as connection:
                newest = newest_edition(connection)
                edition = edition_of(connection, newest[0]) if newest and newest != self._newest else None
                seen_changes = newest_change(connection)
                if seen_changes != self._seen:
                    added = self._seen is not None and seen_changes[1] == self._seen[1]  # and nothing was taken back
                    changes = changes_of_roster(connection, after=self._seen[0] if added and self._seen else 0)
                    self._standing = after(self._standing, changes) if added else standing(changes)
                    changed, self._seen = True, seen_changes
            if newest is None:
                edition = publish_as_found(self.engine, self.edition, now=now)
            if edition is not None:
                changed = self._take(edition) or changed
        except DatabaseGone as gone:
            if self._seen is None:
                log.warning("changes of the roster are not known yet, %s alone counts: %s", _told(self.edition), gone)
        self._keep_copy()
        if changed:
            self.directory = in_force(self.base, self._standing, before=self.directory)
        return changed

    @property
    def complete(self) -> bool:
        """Whether it is known what people changed; until the database was read once, the files alone count."""
        return self._seen is not None

    def _take(self, edition: Edition) -> bool:
        """Whether calls go by another directory now. One that cannot be read changes nothing; it is tried once."""
        self._newest, changed = edition.key, edition.digest != self.edition.digest
        if changed:
            try:
                digest, read = self._draft or ("", None)
                ready = read if digest == edition.digest and edition.intact else None
                self.base = ready or read_edition(self._settings, edition, self._calendar)
            except BadConfig as error:
                self._troubles["edition"] = without_values(error)
                log.error("%s stays in force: %s", _told(self.edition), self._troubles["edition"])
                return False
        else:
            edition = replace(edition, texts=self.edition.texts)  # the same, and these were read
        self.edition, self._troubles["edition"] = edition, ""
        log.info("the roster in force is %s of %s", _told(edition), edition.author)
        self._look_at_draft()
        return changed

    def _look_at_calendar(self) -> bool:
        seen = self._calendar_files()
        if seen == self._calendar_seen:
            return False
        self._calendar_seen = seen
        try:
            calendar = load_calendar(self._settings.files.calendar)
        except BadCalendar as error:
            log.error("the changed calendar is refused, the old one stays: %s", error)
            self._troubles["calendar"] = str(error)
            return False
        self._calendar, self._troubles["calendar"], self._draft = calendar, "", None
        self.base = replace(self.base, roster=replace(self.base.roster, calendar=calendar))
        log.info("the calendar has changed")
        return True

    def _look_at_draft(self) -> None:
        """Files that were changed change no call: whoever changed them is to publish them."""
        unpublished, self._draft = True, None
        with suppress(BadConfig):
            texts = draft_of(self._settings)
            unpublished = texts.digest != self.edition.digest
            if unpublished:
                self._draft = texts.digest, directory_of(self._settings, texts, calendar=self._calendar)
        if unpublished and not self.unpublished:
            log.warning("the roster's files were changed and are not published: %s counts", _told(self.edition))
        self.unpublished = unpublished

    def _keep_copy(self) -> None:
        """For a start without the database. A failure is told once; it is tried again at each look."""
        if self.edition.id == 0 or self._kept == self.edition.key:
            return
        try:
            write_copy(copy_path(self._settings), self.edition)
        except OSError as error:
            if self._not_kept != self.edition.key:
                log.error("no copy of %s in the data folder: %s", _told(self.edition), error)
            self._not_kept = self.edition.key
            return
        self._kept = self.edition.key

    def _draft_files(self) -> tuple[tuple[int, int], ...]:
        return (_seen(self._settings.files.roster), _seen(self._settings.files.escalation))

    def _calendar_files(self) -> tuple[tuple[str, tuple[int, int]], ...]:
        return tuple((path.name, _seen(path)) for path in calendar_files(self._settings.files.calendar))


def _told(edition: Edition) -> str:
    """Its name in the log."""
    return f"edition {edition.id}" if edition.id else "what stands in the files"


def _seen(path: Path) -> tuple[int, int]:
    """What tells a changed file: time and size; zeros while it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
