"""Calls that were given to Asterisk, and which of them nobody knows the end of."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from cases.attempt import Attempt
from zhitong.store.tables import attempts


def put_attempt(connection: Connection, attempt: Attempt) -> None:
    """A call that is about to be placed."""
    connection.execute(attempts.insert(), [asdict(attempt) | {"ended_at": None, "outcome": ""}])


def open_attempts(connection: Connection) -> list[Attempt]:
    """Those whose end is not known, oldest first: the ones under way, and what a crash has left."""
    query = select(attempts).where(attempts.c.ended_at.is_(None)).order_by(attempts.c.placed_at)
    return [_attempt(row) for row in connection.execute(query)]


def end_attempt(connection: Connection, id: str, *, at: datetime, outcome: str) -> bool:
    """How it went is known; False: that was known already, to us or to another controller, and stays."""
    change = attempts.update().where(attempts.c.id == id, attempts.c.ended_at.is_(None))
    return connection.execute(change.values(ended_at=at, outcome=outcome)).rowcount == 1


def forget_attempts(connection: Connection, *, before: datetime) -> None:
    """Deletes those that ended before then."""
    connection.execute(attempts.delete().where(attempts.c.ended_at < before))


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        id=row.id,
        task_id=row.task_id,
        kind=row.kind,
        number=row.number,
        switch=row.switch,
        placed_at=row.placed_at,
    )
