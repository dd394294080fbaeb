"""The addresses of officials' duty calendars, as digests, and what was read under them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from zhitong.store.tables import calendar_feeds


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """An address. `reads` and `read_at`: how often and when last it was read.

    `content` is the digest of what the calendar said then, `revision` counts its changes, `changed_at` the last one.
    """

    id: int
    official: str
    digest: str
    by: str
    at: datetime
    ended_at: datetime | None
    reads: int
    read_at: datetime | None
    content: str
    revision: int
    changed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRead:
    """What was read under the address `id` since this was last written down; `reads` is how often."""

    id: int
    reads: int
    read_at: datetime
    content: str
    revision: int
    changed_at: datetime


def put_feed(connection: Connection, official: str, digest: str, *, by: str, reason: str, at: datetime) -> None:
    """A new address in use; end the official's former one before."""
    values = {"official": official, "digest": digest, "by": by, "reason": reason, "at": at}
    begun = {"ended_by": "", "ended_reason": "", "reads": 0, "content": "", "revision": 0}
    connection.execute(calendar_feeds.insert().values(**values, **begun))


def end_feed(connection: Connection, official: str, *, by: str, reason: str, at: datetime) -> bool:
    """Ends the official's address. False: there is none in use."""
    table = calendar_feeds
    query = table.update().where(table.c.official == official, table.c.ended_at.is_(None))
    return connection.execute(query.values(ended_at=at, ended_by=by, ended_reason=reason)).rowcount == 1


def all_feeds(connection: Connection) -> list[Feed]:
    """All addresses, the ended ones too, in the order in which they were made."""
    return [_feed(row) for row in connection.execute(select(calendar_feeds).order_by(calendar_feeds.c.id))]


def newest_feed(connection: Connection) -> tuple[int, int]:
    """What tells that an address was made or ended: the newest id, and how many have ended."""
    table = calendar_feeds
    row = connection.execute(select(func.max(table.c.id), func.count(table.c.ended_at))).one()
    return (row[0] or 0, row[1])


def put_reads(connection: Connection, reads: Iterable[FeedRead]) -> None:
    """Adds up what was read."""
    table = calendar_feeds
    query = table.update().where(table.c.id == bindparam("feed"))
    query = query.values(reads=table.c.reads + bindparam("more"))
    rows = [
        {
            "feed": read.id,
            "more": read.reads,
            "read_at": read.read_at,
            "content": read.content,
            "revision": read.revision,
            "changed_at": read.changed_at,
        }
        for read in reads
    ]
    if rows:
        connection.execute(query, rows)


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        id=row.id,
        official=row.official,
        digest=row.digest,
        by=row.by,
        at=row.at,
        ended_at=row.ended_at,
        reads=row.reads,
        read_at=row.read_at,
        content=row.content,
        revision=row.revision,
        changed_at=row.changed_at,
    )
