"""What is only ever appended: deletions, accesses, incidents. The timeline of cases: zhitong.store.timeline."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, false, func, not_, or_, select

from zhitong.store.engine import insert_new
from zhitong.store.tables import accesses, cases, deletions, incidents

_CASE = re.compile(r"工单 (\d{8}-\d{6}-\d{4}[a-z]?)")


def record_deletion(
    connection: Connection, *, at: datetime, case_number: str | None, kind: str, what: str, sha256: str, why: str
) -> None:
    """That something was deleted, and why."""
    connection.execute(
        deletions.insert().values(at=at, case_number=case_number, kind=kind, what=what, sha256=sha256, why=why)
    )


def deletions_of(connection: Connection, number: str | None = None) -> list[Row[Any]]:
    """What was deleted, of one case or of all."""
    query = select(deletions).order_by(deletions.c.id)
    return list(connection.execute(query if number is None else query.where(deletions.c.case_number == number)))


def record_access(
    connection: Connection,
    *,
    at: datetime,
    who: str,
    case_number: str | None,
    what: str,
    unmasked: bool,
    login: str = "",
) -> None:
    """That someone looked. login: in whose session of this machine."""
    row = {"at": at, "who": who, "case_number": case_number, "what": what, "unmasked": unmasked, "login": login}
    connection.execute(accesses.insert(), row)


def accesses_to(connection: Connection, number: str | None) -> list[Row[Any]]:
    """Who looked at a case; None: at lists."""
    where = accesses.c.case_number.is_(None) if number is None else accesses.c.case_number == number
    return list(connection.execute(select(accesses).where(where).order_by(accesses.c.id)))


def has_looked(connection: Connection, number: str, *, who: str, what: str, since: datetime) -> bool:
    """Whether somebody has looked at this of a case since then."""
    where = (accesses.c.case_number == number, accesses.c.who == who, accesses.c.what == what, accesses.c.at >= since)
    return connection.execute(select(accesses.c.id).where(*where).limit(1)).first() is not None


def has_looked_so(
    connection: Connection, *, who: str, case_number: str | None, what: str, login: str, since: datetime
) -> bool:
    """Whether this look of his, masked, has been recorded since then."""
    where = (accesses.c.who == who, accesses.c.at >= since, accesses.c.what == what, accesses.c.login == login)
    there = func.coalesce(accesses.c.case_number, "") == (case_number or "")  # by who and when, not by the case
    return bool(connection.scalar(select(exists().where(*where, there, not_(accesses.c.unmasked)))))


def record_incident(connection: Connection, *, at: datetime, kind: str, mark: str, text: str) -> None:
    """Something that people must look at. The same mark is recorded once; what was done and happens again is open.

    A case that the text names (工单 N) is kept beside it: only who may see the case sees this.
    """
    named = _CASE.search(text)
    row = {"at": at, "kind": kind, "mark": mark, "text": text, "case_number": named[1] if named else None}
    insert_new(connection, incidents, [row])
    connection.execute(
        incidents.update()
        .where(incidents.c.mark == mark, incidents.c.done_at < at)
        .values(at=at, text=text, done_at=None, done_by="", outcome="")
    )


def end_incident(connection: Connection, id: int, *, at: datetime, by: str, outcome: str) -> bool:
    """Somebody has seen to it; False when there is none open of this number."""
    ended = connection.execute(
        incidents.update()
        .where(incidents.c.id == id, incidents.c.done_at.is_(None))
        .values(done_at=at, done_by=by, outcome=outcome)
    )
    return bool(ended.rowcount)


def end_incident_of(connection: Connection, mark: str, *, at: datetime, by: str, outcome: str) -> None:
    """What was recorded under this mark, if it is still open, is seen to by what was done."""
    still = (incidents.c.mark == mark, incidents.c.done_at.is_(None))
    connection.execute(incidents.update().where(*still).values(done_at=at, done_by=by, outcome=outcome))


def case_of_incident(connection: Connection, id: int) -> str:
    """The case that it is about, if there is one."""
    return connection.scalar(select(incidents.c.case_number).where(incidents.c.id == id)) or ""


def known_marks(connection: Connection, marks: Iterable[str]) -> frozenset[str]:
    """Those of the marks under which an incident was recorded."""
    wanted = list(marks)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        found |= set(connection.scalars(select(incidents.c.mark).where(incidents.c.mark.in_(some))))
    return frozenset(found)


def has_incident(connection: Connection, mark: str) -> bool:
    """Whether this has been recorded."""
    return connection.execute(select(incidents.c.id).where(incidents.c.mark == mark)).first() is not None


def all_incidents(connection: Connection, kind: str = "") -> list[Row[Any]]:
    """The incidents, oldest first, of one kind or all."""
    query = select(incidents).order_by(incidents.c.id)
    return list(connection.execute(query.where(incidents.c.kind == kind) if kind else query))


def newest_incidents(
    connection: Connection, limit: int, sight: ColumnElement[bool], *, about_none: bool
) -> list[Row[Any]]:
    """The newest incidents that nobody has seen to, newest first: of cases that somebody may see (store.sight).

    about_none: those that are about no case, too.
    """
    without = cases.c.number.is_(None) if about_none else false()
    query = select(incidents).outerjoin(cases, cases.c.number == incidents.c.case_number)
    query = query.where(incidents.c.done_at.is_(None), or_(without, and_(cases.c.number.is_not(None), sight)))
    return list(connection.execute(query.order_by(incidents.c.at.desc(), incidents.c.id.desc()).limit(limit)))
