"""The records of cases: 移交 领办 协办 督办 … (cases.record)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from cases.record import CaseRecord, RecordKind
from zhitong.store.tables import case_records


def add_record(
    connection: Connection,
    *,
    case_number: str,
    kind: RecordKind,
    owner: str,
    text: str,
    at: datetime,
    by: str,
    due_at: datetime | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Opens a record; returns its number."""
    row = {
        "case_number": case_number,
        "kind": kind.value,
        "owner": owner,
        "text": text,
        "due_at": due_at,
        "opened_at": at,
        "opened_by": by,
        "closed_by": "",
        "outcome": "",
        "detail": dict(detail or {}),
    }
    return int(connection.execute(case_records.insert().returning(case_records.c.id), row).scalar_one())


def close_record(connection: Connection, id: int, *, at: datetime, by: str, outcome: str) -> bool:
    """Ends a record with its outcome; False when there is none open of this number."""
    ended = connection.execute(
        case_records.update()
        .where(case_records.c.id == id, case_records.c.closed_at.is_(None))
        .values(closed_at=at, closed_by=by, outcome=outcome)
    )
    return bool(ended.rowcount)


def records_of(connection: Connection, number: str, kind: RecordKind | None = None) -> list[CaseRecord]:
    """The records of a case, of one kind or all, oldest first."""
    query = select(case_records).where(case_records.c.case_number == number).order_by(case_records.c.id)
    if kind is not None:
        query = query.where(case_records.c.kind == kind.value)
    return [_record(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> CaseRecord:
    return CaseRecord(**dict(row._mapping) | {"kind": RecordKind(row.kind), "detail": row.detail or {}})
