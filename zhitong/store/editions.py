"""The editions of the roster: added one by one, never altered and never deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, inspect, select

from routing.editions import Edition, Texts
from zhitong.store.tables import roster_editions

_HEAD = tuple(column for column in roster_editions.c if column.name not in ("roster", "escalation"))


def add_edition(connection: Connection, edition: Edition) -> None:
    """Writes one down. Raises IntegrityError when its number is another's already."""
    connection.execute(
        roster_editions.insert().values(
            id=edition.id,
            author=edition.author,
            reason=edition.reason,
            at=edition.at,
            digest=edition.digest,
            changed=edition.changed,
            roster=edition.texts.roster,
            escalation=edition.texts.escalation,
        )
    )


def newest_edition(connection: Connection) -> tuple[int, str] | None:
    """Number and digest of the newest one; None: nothing has been published."""
    table = roster_editions
    row = connection.execute(select(table.c.id, table.c.digest).order_by(table.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else (row.id, row.digest)


def edition_of(connection: Connection, number: int) -> Edition | None:
    """The edition of this number."""
    row = connection.execute(select(roster_editions).where(roster_editions.c.id == number)).one_or_none()
    return None if row is None else _edition(row, Texts(roster=row.roster, escalation=row.escalation))


def heads_of_editions(connection: Connection) -> list[Edition]:
    """All of them, newest first, without their texts. Empty also for a database from before there were any."""
    if not inspect(connection).has_table(roster_editions.name):
        return []
    rows = connection.execute(select(*_HEAD).order_by(roster_editions.c.id.desc()))
    return [_edition(row, Texts(roster="", escalation="")) for row in rows]


def was_published(connection: Connection, digest: str) -> bool:
    """Whether any edition has just these texts."""
    query = select(roster_editions.c.id).where(roster_editions.c.digest == digest).limit(1)
    return connection.execute(query).one_or_none() is not None


def _edition(row: Row[Any], texts: Texts) -> Edition:
    at: datetime = row.at
    return Edition(
        id=row.id,
        author=row.author,
        reason=row.reason,
        at=at,
        digest=row.digest,
        texts=texts,
        changed=row.changed,
    )
