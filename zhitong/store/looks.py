"""Who has looked at what, as a list to search; and what of it was kept long enough."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, or_, select, text

from zhitong.store.tables import ACTS, accesses, cases


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """That somebody looked. login: the user of the machine in whose session; unmasked: at whole
    numbers, or sound, or files."""

    id: int
    at: datetime
    who: str
    case_number: str | None
    what: str
    unmasked: bool
    login: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """Which looks are wanted; what is empty or None does not narrow. begins: what was looked at begins with one of
    these."""

    who: str = ""
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    unmasked: bool = False
    begins: tuple[str, ...] = ()


_COLUMNS = tuple(accesses.c[name] for name in Look.__dataclass_fields__)


def find_looks(
    connection: Connection, wanted: Sought, *, sight: ColumnElement[bool], before: int, look: int, limit: int
) -> tuple[list[Look], int]:
    """Looks like that, newest first, from the one before which to go on (0: the newest); and before which to go on
    next, 0: there are no older ones. Of cases that somebody may not see (store.sight) none.

    At most `look` are looked at, found or not.
    """
    query = _narrowed(connection, wanted, before).order_by(accesses.c.at.desc(), accesses.c.id.desc()).limit(look)
    some = query.subquery()
    end = connection.execute(select(some.c.id).order_by(some.c.at.desc(), some.c.id.desc()).offset(look - 1)).scalar()
    found = select(some).outerjoin(cases, cases.c.number == some.c.case_number)
    found = found.where(or_(some.c.case_number.is_(None), sight))
    if wanted.unmasked:
        found = found.where(some.c.unmasked)
    if wanted.begins:
        found = found.where(or_(*(some.c.what.startswith(one, autoescape=True) for one in wanted.begins)))
    rows = connection.execute(found.order_by(some.c.at.desc(), some.c.id.desc()).limit(limit + 1))
    looks = [Look(**row._mapping) for row in rows]
    if len(looks) > limit:
        return looks[:limit], looks[limit - 1].id
    return looks, end or 0


def _narrowed(connection: Connection, wanted: Sought, before: int) -> Select[tuple[object, ...]]:
    """By what an index finds."""
    query = select(*_COLUMNS)
    if wanted.who:
        query = query.where(accesses.c.who == wanted.who)
    if wanted.number:
        query = query.where(accesses.c.case_number == wanted.number)
    if wanted.since is not None:
        query = query.where(accesses.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(accesses.c.at < wanted.until)
    last: Row[tuple[datetime]] | None = None
    if before:
        last = connection.execute(select(accesses.c.at).where(accesses.c.id == before)).one_or_none()
    if last is not None:
        older = or_(accesses.c.at < last.at, accesses.c.id < before)
        query = query.where(and_(accesses.c.at <= last.at, older))
    return query


def forget_looks(connection: Connection, since: datetime, until: datetime, *, limit: int) -> int:
    """Deletes up to `limit` looks from since up to until, the oldest first; how many. What administrators did to
    accounts stays: it tells who could look."""
    then = (accesses.c.at >= since, accesses.c.at < until, text(f"NOT ({ACTS})"))
    old = select(accesses.c.id).where(*then).order_by(accesses.c.at).limit(limit)
    return connection.execute(delete(accesses).where(accesses.c.id.in_(old.scalar_subquery()))).rowcount
