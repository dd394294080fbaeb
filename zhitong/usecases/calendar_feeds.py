"""值班日历的订阅地址: who knows it reads one official's duty, and nothing else. Made, ended, and counted when read."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit, units_of
from routing.directory import Directory
from zhitong.errors import ChangeRefused
from zhitong.store.engine import reading, writing
from zhitong.store.feeds import Feed, FeedRead, all_feeds, end_feed, newest_feed, put_feed, put_reads
from zhitong.usecases.roster_rights import acted, permit_units, units_of_people

TOKEN_BYTES = 24
"""Random bytes of a token: 192 bits cannot be guessed, so its digest needs no key and no salt."""

Stand = tuple[int, int]
"""What tells that an address was made or ended."""


def new_feed(engine: Engine, base: Directory, official: str, *, by: Actor, reason: str, now: datetime) -> str:
    """A new token for the official, in place of the one before; told this once, kept as a digest.

    official: the id. Raises NotPermitted, ChangeRefused without a reason, DatabaseGone.
    """
    permit(by, Action.CHANGE_ROSTER)
    permit_units(by, Action.CHANGE_ROSTER, units_of_people(base, [official]))
    reason = _told(reason)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with writing(engine) as connection:
        end_feed(connection, official, by=by.name, reason=reason, at=now)
        put_feed(connection, official, feed_digest(token), by=by.name, reason=reason, at=now)
        acted(connection, by, f"给日历地址 {official}", now)
    return token


def revoke_feed(engine: Engine, base: Directory, official: str, *, by: Actor, reason: str, now: datetime) -> None:
    """Nobody reads under the official's address any more.

    Raises NotPermitted, ChangeRefused when there is none, DatabaseGone.
    """
    permit(by, Action.CHANGE_ROSTER)
    permit_units(by, Action.CHANGE_ROSTER, units_of_people(base, [official]))
    reason = _told(reason)
    with writing(engine) as connection:
        if not end_feed(connection, official, by=by.name, reason=reason, at=now):
            raise ChangeRefused(f"{official} 没有在用的订阅地址；有谁的，看 zhitong roster feed")
        acted(connection, by, f"作废日历地址 {official}", now)


def list_feeds(engine: Engine, base: Directory, *, by: Actor, now: datetime) -> list[Feed]:
    """All addresses, the ended ones too, oldest first: of his unit's people, or of everybody; that he looked is
    recorded. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SEE_ROSTER)
    units = units_of(by, Action.SEE_ROSTER)
    with writing(engine) as connection:
        acted(connection, by, "看日历地址", now)
        feeds = all_feeds(connection)
    return [feed for feed in feeds if units is None or units_of_people(base, [feed.official]) <= units]


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


def _told(reason: str) -> str:
    if not reason.strip():
        raise ChangeRefused("没有写原因：谁能看到一个人的值班，要说得出为什么")
    return " ".join(reason.split())[:200]
