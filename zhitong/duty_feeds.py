"""What the calendars of officials read: from memory, so that no read touches the database."""

import hashlib
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from routing.directory import Directory
from routing.duty_spans import duty_spans, units_served
from routing.officials import Official
from zhitong.console.ports import DutyCalendar, NotThere
from zhitong.errors import DatabaseGone
from zhitong.roster_calendar import calendar_begins, duty_calendar, feed_ends
from zhitong.roster_in_force import RosterInForce
from zhitong.store.migrate import is_current
from zhitong.usecases.calendar_feeds import Feed, FeedRead, Stand, feed_digest, keep_reads, look_at_feeds

log = logging.getLogger(__name__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What a calendar said. made_of: a count of rosters, which themselves may go, and from when on."""

    made_of: tuple[int, datetime]
    content: str
    revision: int
    changed_at: datetime
    calendar: DutyCalendar


class DutyFeeds:
    """`look` and `keep` are run from time to time, `read` on any thread."""

    def __init__(self, roster: RosterInForce) -> None:
        self._roster, self._engine = roster, roster.engine
        self._lock = threading.Lock()
        self._fit = False
        self._stand: Stand | None = None
        self._feeds: dict[str, Feed] = {}
        self._rosters = 0
        self._served: tuple[Directory | None, Mapping[str, tuple[str, ...]]] = (None, {})
        self._said: dict[int, _Said] = {}
        self._reads: dict[int, FeedRead] = {}
        self._trouble = ""

    def look(self, now: datetime) -> None:
        """Takes over what has changed of roster and addresses; while the database is away, all stays as it was."""
        try:
            # The controller brings the database up to date; two at once would be in each other's way.
            self._fit = self._fit or is_current(self._engine)
            if self._fit:
                self._roster.look(now)
                looked = look_at_feeds(self._engine, self._stand) if self._roster.complete else None
                if looked is not None:
                    self._take(*looked)
                self._tell("")
            else:
                self._tell("the database is not (yet) of this version")
        except DatabaseGone as gone:
            self._tell(f"calendars are as they were known before: {gone}")

    @property
    def fit(self) -> bool:
        """Whether the database is of this program's version."""
        return self._fit

    def keep(self, now: datetime) -> None:
        """Writes down who was read how often since the last time; what could not be written waits."""
        with self._lock:
            reads, self._reads = self._reads, {}
        if not reads:
            return
        try:
            keep_reads(self._engine, reads.values())
        except DatabaseGone as gone:
            log.warning("reads of calendars are written down later: %s", gone)
            with self._lock:
                for read in reads.values():
                    later = self._reads.get(read.id)
                    self._reads[read.id] = replace(later, reads=later.reads + read.reads) if later else read

    def read(self, token: str, now: datetime) -> DutyCalendar | NotThere:
        """What the calendar of this token says now."""
        if self._stand is None:
            return "not yet"
        feed = self._feeds.get(feed_digest(token))
        if feed is None:
            return "unknown"
        if feed.ended_at is not None:
            return "ended"
        with self._lock:
            directory = self._roster.directory
            official = directory.roster.official(feed.official)
            if official is None:
                return "unknown"
            said = self._say(feed, official, directory, now)
            before = self._reads.get(feed.id)
            self._reads[feed.id] = FeedRead(
                id=feed.id,
                reads=before.reads + 1 if before else 1,
                read_at=now,
                content=said.content,
                revision=said.revision,
                changed_at=said.changed_at,
            )
        return said.calendar

    def _take(self, stand: Stand, feeds: list[Feed]) -> None:
        in_use = {feed.id for feed in feeds if feed.ended_at is None}
        with self._lock:
            self._said = {id: said for id, said in self._said.items() if id in in_use}
        self._feeds = {feed.digest: feed for feed in feeds}
        self._stand = stand

    def _say(self, feed: Feed, official: Official, directory: Directory, now: datetime) -> _Said:
        """What it said before, unless the roster or the month is another one; a change of its words is a revision."""
        if self._served[0] is not directory:
            self._served = (directory, units_served(directory.roster))
            self._rosters += 1
        made_of = (self._rosters, calendar_begins(now))
        said = self._said.get(feed.id)
        if said and said.made_of == made_of:
            return said
        units = self._served[1].get(official.id, ())
        spans = duty_spans(directory.roster, official.id, made_of[1], feed_ends(now), units)
        write = partial(duty_calendar, directory, official, spans, names=False)
        content = _digest(write(changed_at=_EPOCH))
        if said and said.content == content:
            said = replace(said, made_of=made_of)
        else:
            last = said or feed
            same = last.content == content
            revision = last.revision if same or not last.content else last.revision + 1
            changed_at = last.changed_at if same and last.changed_at else now
            body = write(changed_at=changed_at, revision=revision)
            said = _Said(
                made_of=made_of,
                content=content,
                revision=revision,
                changed_at=changed_at,
                calendar=DutyCalendar(body=body, tag=_digest(body)[:32], changed_at=changed_at),
            )
        self._said[feed.id] = said
        return said

    def _tell(self, trouble: str) -> None:
        """Once, not twice a second."""
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        elif self._trouble and not trouble:
            log.info("the database is back")
        self._trouble = trouble


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
