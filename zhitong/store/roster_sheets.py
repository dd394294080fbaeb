"""The sheets that were imported, as long as they may be wanted back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from zhitong.store.tables import roster_changes, roster_sheets

KEPT = 12
"""Of each unit: a year of months. The names and numbers of older ones are of no use to anybody."""


def keep_sheet(connection: Connection, change_id: int, unit: str, sheet: Mapping[str, Any]) -> None:
    """Keeps a sheet beside its change, and lets the oldest of the unit go."""
    table = roster_sheets
    connection.execute(table.insert().values(change_id=change_id, unit=unit, sheet=sheet))
    mine = select(table.c.change_id).where(table.c.unit == unit).order_by(table.c.change_id.desc())
    old = list(connection.scalars(mine.offset(KEPT)))
    connection.execute(table.delete().where(table.c.change_id.in_(old)))


def newest_sheet(connection: Connection, unit: str) -> tuple[Mapping[str, Any], datetime] | None:
    """The newest sheet of the unit whose change stands, and when it was imported."""
    table, changes = roster_sheets, roster_changes
    query = select(table.c.sheet, changes.c.at).join(changes, changes.c.id == table.c.change_id)
    query = query.where(table.c.unit == unit, changes.c.undone_at.is_(None))
    row = connection.execute(query.order_by(table.c.change_id.desc()).limit(1)).first()
    return (row[0], row[1]) if row else None
