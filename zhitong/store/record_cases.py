"""The cases of a record that is about several: 专项治理, 联席会议."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from cases.record import CaseRecord
from zhitong.store.case_records import read_record
from zhitong.store.engine import insert_new
from zhitong.store.tables import case_records, record_cases


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A case of a record. out_at: taken out again, by whom; joined_by, out_by: 系统 for the program."""

    record_id: int
    case_number: str
    joined_at: datetime
    joined_by: str
    out_at: datetime | None
    out_by: str


def link_cases(connection: Connection, record: int, numbers: Iterable[str], *, at: datetime, by: str) -> None:
    """These cases belong to the record, also those that had been taken out of it; those that are in it stay so."""
    told, mine = list(dict.fromkeys(numbers)), record_cases.c.record_id == record
    values = {"joined_at": at, "joined_by": by, "out_at": None, "out_by": ""}
    for start in range(0, len(told), 500):
        some = told[start : start + 500]
        again = mine & record_cases.c.case_number.in_(some) & record_cases.c.out_at.is_not(None)
        connection.execute(record_cases.update().where(again).values(values))
        insert_new(connection, record_cases, [{"record_id": record, "case_number": one} | values for one in some])


def unlink_case(connection: Connection, record: int, number: str, *, at: datetime, by: str) -> bool:
    """Takes a case out of the record; False when it is not in it."""
    mine = (record_cases.c.record_id == record) & (record_cases.c.case_number == number)
    query = record_cases.update().where(mine, record_cases.c.out_at.is_(None)).values(out_at=at, out_by=by)
    return bool(connection.execute(query).rowcount)


def links_of(connection: Connection, record: int) -> list[Link]:
    """The cases that are in the record, in the order in which they came."""
    query = select(record_cases).where(record_cases.c.record_id == record, record_cases.c.out_at.is_(None))
    ordered = query.order_by(record_cases.c.joined_at, record_cases.c.case_number)
    return [Link(**row._mapping) for row in connection.execute(ordered)]


def links_to(connection: Connection, numbers: Sequence[str], kind: str) -> dict[str, list[Link]]:
    """The links of these cases to records of a kind, also those that ended; by case, the newest record last."""
    found: dict[str, list[Link]] = {}
    for start in range(0, len(numbers), 500):
        query = (
            select(record_cases)
            .join(case_records, case_records.c.id == record_cases.c.record_id)
            .where(record_cases.c.case_number.in_(numbers[start : start + 500]), case_records.c.kind == kind)
            .order_by(record_cases.c.record_id)
        )
        for row in connection.execute(query):
            found.setdefault(row.case_number, []).append(Link(**row._mapping))
    return found


def records_about(connection: Connection, number: str) -> list[CaseRecord]:
    """The records of several cases that this one is in."""
    query = (
        select(case_records)
        .join(record_cases, record_cases.c.record_id == case_records.c.id)
        .where(record_cases.c.case_number == number, record_cases.c.out_at.is_(None))
        .order_by(case_records.c.id)
    )
    return [read_record(row) for row in connection.execute(query)]


def records_with_subject(
    connection: Connection, kind: str, *, subjects: Collection[str] = (), open_only: bool = True, limit: int = 200
) -> list[CaseRecord]:
    """Records of a kind, newest first, of these subjects or all, the open ones or all."""
    query = select(case_records).where(case_records.c.kind == kind, case_records.c.subject != "")
    if subjects:
        query = query.where(case_records.c.subject.in_(list(subjects)))
    if open_only:
        query = query.where(case_records.c.closed_at.is_(None))
    return [read_record(row) for row in connection.execute(query.order_by(case_records.c.id.desc()).limit(limit))]
