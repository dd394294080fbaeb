"""值班日历的订阅地址: who knows it reads one official's duty, and nothing else. Made, ended, and counted when read."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine

from zhitong.errors import ChangeRefused
from zhitong.store.engine import reading, writing
from zhitong.store.feeds import Feed, FeedRead, all_feeds, end_feed, newest_feed, put_feed, put_reads

TOKEN_BYTES = 24
"""Random bytes of a token: 192 bits cannot be guessed, so its digest needs no key and no salt."""

Stand = tuple[int, int]
"""What tells that an address was made or ended."""


def new_feed(engine: Engine, official: str, *, by: str, reason: str, now: datetime) -> str:
    """A new token for the official, in place of the one before; told this once, kept as a digest.

    official: the id. Raises ChangeRefused without author or reason, DatabaseGone.
    """
    by, reason = _told(by, reason)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with writing(engine) as connection:
        end_feed(connection, official, by=by, reason=reason, at=now)
        put_feed(connection, official, feed_digest(token), by=by, reason=reason, at=now)
    return token


def revoke_feed(engine: Engine, official: str, *, by: str, reason: str, now: datetime) -> None:
    """Nobody reads under the official's address any more. Raises ChangeRefused when there is none, DatabaseGone."""
    by, reason = _told(by, reason)
    with writing(engine) as connection:
        if not end_feed(connection, official, by=by, reason=reason, at=now):
            raise ChangeRefused(f"{official} 没有在用的订阅地址；有谁的，看 zhitong roster feed")


def list_feeds(engine: Engine) -> list[Feed]:
    """All addresses, the ended ones too, oldest first. Raises DatabaseGone."""
    with reading(engine) as connection:
        return all_feeds(connection)


def look_at_feeds(engine: Engine, seen: Stand | None) -> tuple[Stand, list[Feed]] | None:
    """All addresses if one was made or ended since they were like `seen`; None if not. Raises DatabaseGone."""
    with reading(engine) as connection:
        stand = newest_feed(connection)
        return None if stand == seen else (stand, all_feeds(connection))


def keep_reads(engine: Engine, reads: Iterable[FeedRead]) -> None:
    """Writes down how often and when calendars were read. Raises DatabaseGone; then nothing of it is written."""
    with writing(engine) as connection:
        put_reads(connection, reads)


def feed_digest(token: str) -> str:
    """Under which a token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _told(by: str, reason: str) -> tuple[str, str]:
    if not by.strip() or not reason.strip():
        raise ChangeRefused("没有写谁改的或原因：谁能看到一个人的值班，要说得出为什么")
    return by.strip()[:100], " ".join(reason.split())[:200]
