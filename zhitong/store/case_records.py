"""The records of cases: 移交 领办 协办 督办 … (cases.record)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from cases.record import PARTED, CaseRecord, RecordKind
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
    subject: str = "",
) -> int:
    """Opens a record; returns its number. subject: of which there is one open record of this kind at most."""
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
        "subject": subject,
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


def grant_record(connection: Connection, id: int, detail: Mapping[str, Any]) -> None:
    """What was granted of a record that asks for something."""
    connection.execute(case_records.update().where(case_records.c.id == id).values(detail=dict(detail)))


def change_record(connection: Connection, id: int, **values: Any) -> None:
    """Writes these columns of a record."""
    connection.execute(case_records.update().where(case_records.c.id == id).values(values))


def records_of(connection: Connection, number: str, kind: RecordKind | None = None) -> list[CaseRecord]:
    """The records of a case, of one kind or all, oldest first."""
    query = select(case_records).where(case_records.c.case_number == number).order_by(case_records.c.id)
    if kind is not None:
        query = query.where(case_records.c.kind == kind.value)
    return [read_record(row) for row in connection.execute(query)]


def cases_with(connection: Connection, numbers: Collection[str], kinds: Collection[RecordKind]) -> set[str]:
    """Those of the cases that have a record of these kinds."""
    query = select(case_records.c.case_number).where(
        case_records.c.case_number.in_(numbers), case_records.c.kind.in_([kind.value for kind in kinds])
    )
    return set(connection.scalars(query))


def open_records(
    connection: Connection,
    kinds: Collection[RecordKind],
    limit: int | None = None,
    *,
    owners: Collection[str] | None = None,
) -> list[CaseRecord]:
    """The records of these kinds and owners (None: of all) that are not closed, of all cases, oldest first."""
    query = (
        select(case_records)
        .where(case_records.c.kind.in_([kind.value for kind in kinds]), case_records.c.closed_at.is_(None))
        .order_by(case_records.c.id)
        .limit(limit)
    )
    if owners is not None:
        query = query.where(case_records.c.owner.in_(sorted(owners)))
    return [read_record(row) for row in connection.execute(query)]


def cases_helped(connection: Connection, owners: Collection[str]) -> frozenset[str]:
    """The cases with which one of these helps now (协办), or that he is asked to take (移交)."""
    kinds = (RecordKind.CO_HANDLE.value, RecordKind.HAND_OVER.value)
    query = select(case_records.c.case_number).where(
        case_records.c.kind.in_(kinds), case_records.c.closed_at.is_(None), case_records.c.owner.in_(sorted(owners))
    )
    return frozenset(connection.scalars(query))


def get_record(connection: Connection, id: int) -> CaseRecord | None:
    """The record of this number."""
    row = connection.execute(select(case_records).where(case_records.c.id == id)).one_or_none()
    return None if row is None else read_record(row)


def merged_into(connection: Connection, number: str) -> str:
    """The case together with which this one is answered (并单); empty when it is answered alone."""
    found = merge_of(connection, number)
    return found.owner if found else ""


def merge_of(connection: Connection, number: str) -> CaseRecord | None:
    """The open 并单 of this case into another one."""
    found = [one for one in records_of(connection, number, RecordKind.MERGE) if one.closed_at is None]
    return found[-1] if found else None


def all_merged_into(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Those of the cases that are answered together with another one, and with which."""
    query = select(case_records.c.case_number, case_records.c.owner).where(
        case_records.c.case_number.in_(numbers),
        case_records.c.kind == RecordKind.MERGE.value,
        case_records.c.closed_at.is_(None),
    )
    return {row.case_number: row.owner for row in connection.execute(query.order_by(case_records.c.id))}


def merged_with(connection: Connection, number: str) -> list[CaseRecord]:
    """The open records of the cases that are answered together with this one."""
    query = (
        select(case_records)
        .where(case_records.c.kind == RecordKind.MERGE.value, case_records.c.closed_at.is_(None))
        .where(case_records.c.owner == number)
        .order_by(case_records.c.id)
    )
    return [read_record(row) for row in connection.execute(query)]


def main_cases(connection: Connection, numbers: Collection[str]) -> set[str]:
    """Those of the cases that others are answered together with now."""
    open_ones = (case_records.c.kind == RecordKind.MERGE.value, case_records.c.closed_at.is_(None))
    return set(connection.scalars(select(case_records.c.owner).where(*open_ones, case_records.c.owner.in_(numbers))))


def merges_of_cases(connection: Connection, numbers: Sequence[str]) -> list[tuple[str, str]]:
    """(case, the other one) of each 并单 of these cases in which nobody has parted them again, either way round."""
    table = case_records
    query = select(table.c.case_number, table.c.owner, table.c.outcome).where(table.c.kind == RecordKind.MERGE.value)
    found = list[tuple[str, str]]()
    for column in (table.c.case_number, table.c.owner):
        for row in connection.execute(query.where(column.in_(numbers)).order_by(table.c.id)):
            if not row.outcome.startswith(PARTED):
                ends = (row.case_number, row.owner)
                found.append(ends if column is table.c.case_number else ends[::-1])
    return found


def records_of_cases(connection: Connection, numbers: Sequence[str]) -> list[CaseRecord]:
    """The records of these cases, oldest first."""
    query = select(case_records).where(case_records.c.case_number.in_(numbers)).order_by(case_records.c.id)
    return [read_record(row) for row in connection.execute(query)]


def read_record(row: Row[Any]) -> CaseRecord:
    """One row of the table."""
    return CaseRecord(**dict(row._mapping) | {"kind": RecordKind(row.kind), "detail": row.detail or {}})
