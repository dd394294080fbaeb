"""Callers whom a person has marked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from zhitong.store.tables import caller_marks


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A number whose calls ring the duty room until a moment; who said so, when and why."""

    number: str
    reason: str
    by: str
    at: datetime
    until: datetime


def add_mark(connection: Connection, mark: Mark) -> None:
    """Writes a mark down."""
    values = {"number": mark.number, "reason": mark.reason, "by": mark.by, "at": mark.at, "until": mark.until}
    connection.execute(caller_marks.insert().values(**values))


def end_marks(connection: Connection, number: str, *, by: str, reason: str, now: datetime) -> int:
    """Ends the marks of a number that hold now; returns how many did."""
    table = caller_marks
    query = table.update().where(table.c.number == number, table.c.until > now, table.c.ended_at.is_(None))
    return connection.execute(query.values(ended_at=now, ended_by=by, ended_reason=reason)).rowcount


def marks_that_hold(connection: Connection, now: datetime) -> list[Mark]:
    """Those that hold at the moment, oldest first."""
    table = caller_marks
    query = select(table).where(table.c.until > now, table.c.ended_at.is_(None)).order_by(table.c.id)
    rows = connection.execute(query)
    return [Mark(number=r.number, reason=r.reason, by=r.by, at=r.at, until=r.until) for r in rows]
