"""The changes of the roster: added one by one, read all together."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from routing.changes import Change, ChangeKind
from zhitong.store.tables import roster_changes


def add_change(
    connection: Connection, *, kind: ChangeKind, detail: Mapping[str, Any], author: str, reason: str, at: datetime
) -> int:
    """Writes one change down; returns its number."""
    values = {"kind": kind, "detail": detail, "author": author, "reason": reason, "at": at, "undone_by": ""}
    made = connection.execute(roster_changes.insert().values(**values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def mark_undone(connection: Connection, change_id: int, *, by: str, reason: str, at: datetime) -> bool:
    """Takes a change back. False: there is none of this number, or it was taken back before."""
    table = roster_changes
    query = table.update().where(table.c.id == change_id, table.c.undone_at.is_(None))
    return connection.execute(query.values(undone_at=at, undone_by=by, undone_reason=reason)).rowcount == 1


def changes_of_roster(connection: Connection, after: int = 0) -> list[Change]:
    """All changes in their order, also those that were taken back; `after`: only those with a higher number."""
    query = select(roster_changes).where(roster_changes.c.id > after).order_by(roster_changes.c.id)
    return [_change(row) for row in connection.execute(query)]


def newest_change(connection: Connection) -> tuple[int, int]:
    """What tells that something has changed: the newest number, and how many were taken back."""
    table = roster_changes
    row = connection.execute(select(func.max(table.c.id), func.count(table.c.undone_at))).one()
    return (row[0] or 0, row[1])


def _change(row: Row[Any]) -> Change:
    return Change(
        id=row.id,
        kind=row.kind,
        detail=row.detail,
        author=row.author,
        reason=row.reason,
        at=row.at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        undone_reason=row.undone_reason,
    )
