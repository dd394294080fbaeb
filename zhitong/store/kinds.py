"""Of which kind cases are (cases.cluster), and the cases of a kind."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, case, func, select, text

from cases.case import NO_MATTER
from cases.cluster import Reported
from cases.record import RecordKind
from zhitong.store.tables import OF_A_KIND, UNSORTED, case_records, cases, surge_cases

MOST = 5000
_SORT = cases.update().where(cases.c.number == bindparam("_number"))
_OWN = case((cases.c.shared_phone, ""), else_=cases.c.caller)
"""A window's number is nobody's own."""
_TOGETHER = "一起办结"
"""How a 并单 ends when both are closed; another end of it is that they were parted."""


def unsorted_cases(connection: Connection, limit: int) -> list[Row[tuple[str, str, str, str, datetime, str]]]:
    """Cases of whose kind nobody has thought as they stand now, oldest first: number, matter, place, type, answered_at,
    concluded."""
    told = (cases.c.number, cases.c.matter, cases.c.place, cases.c.type, cases.c.answered_at, cases.c.concluded)
    query = select(*told).where(text(UNSORTED)).order_by(cases.c.answered_at, cases.c.number).limit(limit)
    return list(connection.execute(query))


def put_kind(connection: Connection, number: str, *, kind: str, sorted_from: str) -> None:
    """The kind of a case, and what it was found from."""
    connection.execute(_SORT, {"_number": number, "kind": kind, "sorted_from": sorted_from})


def cases_of_kind(
    connection: Connection, kind: str, *, since: datetime, until: datetime | None = None
) -> list[Reported]:
    """The cases of a kind that came in since then, oldest first, at most MOST; no call that was no citizen's."""
    query = (
        select(cases.c.number, _OWN.label("caller"), cases.c.contact, cases.c.answered_at, cases.c.closed_at)
        .where(text(OF_A_KIND), cases.c.kind == kind, cases.c.answered_at >= since)
        .where(cases.c.concluded.not_in([one.value for one in sorted(NO_MATTER)]))
        .order_by(cases.c.answered_at, cases.c.number)
        .limit(MOST)
    )
    if until is not None:
        query = query.where(cases.c.answered_at <= until)
    rows = list(connection.execute(query))
    together = _together(connection, [row.number for row in rows])
    return [
        Reported(
            number=row.number,
            caller=row.caller,
            at=row.answered_at,
            over_at=row.closed_at,
            together=together.get(row.number, ""),
            given=row.contact,
        )
        for row in rows
    ]


def _together(connection: Connection, numbers: list[str]) -> dict[str, str]:
    """Case → the surge, or the case, with which it is answered; a case that others went into names itself."""
    found: dict[str, str] = {}
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        merged = select(case_records.c.case_number, case_records.c.owner).where(
            case_records.c.kind == RecordKind.MERGE.value,
            case_records.c.closed_at.is_(None) | (case_records.c.outcome == _TOGETHER),
            case_records.c.case_number.in_(some),
        )
        for row in connection.execute(merged):
            found[row.case_number] = row.owner
            found[row.owner] = row.owner
        members = select(surge_cases.c.case_number, surge_cases.c.surge_id).where(surge_cases.c.case_number.in_(some))
        found |= {row.case_number: f"surge:{row.surge_id}" for row in connection.execute(members)}
    return found


def earliest_of(connection: Connection, numbers: Collection[str]) -> datetime | None:
    """When the first of these cases came in."""
    told, found = list(numbers), list[datetime]()
    for start in range(0, len(told), 500):
        query = select(func.min(cases.c.answered_at)).where(cases.c.number.in_(told[start : start + 500]))
        found += filter(None, [connection.scalar(query)])
    return min(found, default=None)


def numbers_of_units(connection: Connection, numbers: Collection[str], units: Collection[str]) -> set[str]:
    """Those of the cases that one of these units has."""
    told = list(numbers)
    found: set[str] = set()
    for start in range(0, len(told), 500):
        query = select(cases.c.number).where(cases.c.number.in_(told[start : start + 500]), cases.c.unit.in_(units))
        found |= set(connection.scalars(query))
    return found
