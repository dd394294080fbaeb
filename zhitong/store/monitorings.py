"""Who has listened to which live call, and why (监听). Of one call one at a time: `open` is unique."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from zhitong.store.engine import insert_new
from zhitong.store.tables import cases, monitorings


@dataclass(frozen=True, kw_only=True, slots=True)
class Monitoring:
    """One of them. began_at: when the telephone was answered; None: it never was. open: the call's id until it ends."""

    id: int
    call_id: str
    case_number: str
    by: str
    reason: str
    asked_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    outcome: str
    open: str | None


def open_monitoring(
    connection: Connection, *, call_id: str, case_number: str, by: str, reason: str, at: datetime
) -> Monitoring | None:
    """A new one; None while somebody listens to this call already."""
    row = {"call_id": call_id, "case_number": case_number, "by": by, "reason": reason, "asked_at": at, "open": call_id}
    if monitoring_of(connection, call_id) is not None:
        return None
    insert_new(connection, monitorings, [row | {"outcome": ""}])
    found = monitoring_of(connection, call_id)
    return found if found is not None and (found.by, found.asked_at) == (by, at) else None


def monitoring_of(connection: Connection, call_id: str) -> Monitoring | None:
    """The one that is open of this call."""
    row = connection.execute(select(monitorings).where(monitorings.c.open == call_id)).one_or_none()
    return None if row is None else Monitoring(**row._mapping)


def open_monitorings(connection: Connection) -> list[Monitoring]:
    """All that are open."""
    rows = connection.execute(select(monitorings).where(monitorings.c.open.is_not(None)).order_by(monitorings.c.id))
    return [Monitoring(**row._mapping) for row in rows]


def begin_monitoring(connection: Connection, id: int, *, at: datetime) -> None:
    """He has answered, and hears."""
    connection.execute(monitorings.update().where(monitorings.c.id == id).values(began_at=at))


def end_monitoring(connection: Connection, id: int, *, at: datetime, outcome: str) -> bool:
    """It is over; one that has ended keeps its first outcome. Whether it was open."""
    still = (monitorings.c.id == id, monitorings.c.open.is_not(None))
    ended = connection.execute(monitorings.update().where(*still).values(ended_at=at, outcome=outcome, open=None))
    return bool(ended.rowcount)


def newest_monitorings(
    connection: Connection, *, sight: ColumnElement[bool], before: int, limit: int
) -> list[Monitoring]:
    """The newest first, of cases that somebody may see (store.sight). before: an id; 0: from the newest on."""
    query = select(monitorings).join(cases, cases.c.number == monitorings.c.case_number).where(sight)
    if before:
        query = query.where(monitorings.c.id < before)
    return [
        Monitoring(**row._mapping) for row in connection.execute(query.order_by(monitorings.c.id.desc()).limit(limit))
    ]
