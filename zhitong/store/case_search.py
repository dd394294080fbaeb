"""Cases looked for by people: what is urgent in a state, and what has these words, with a bound on what is read."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select

from cases.case import OPEN, TO_TELL, Case, CaseState
from zhitong.store.tables import cases, clocks

_COLUMNS = tuple(cases.c[one.name] for one in fields(Case))
_PASSING = OPEN | TO_TELL
"""The states in which cases do not stay."""
FEW = 3000
"""So many cases of a state are read in one go."""
_DUE = (
    select(func.min(clocks.c.due_at))
    .where(clocks.c.case_number == cases.c.number, clocks.c.round == cases.c.rework, clocks.c.met_at.is_(None))
    .correlate(cases)
    .scalar_subquery()
)

_BY_NUMBER = select(*_COLUMNS).where(cases.c.number.in_(bindparam("numbers", expanding=True)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowed:
    """Which cases are wanted; what is empty or None does not narrow. words: all of them stand in the case."""

    words: tuple[str, ...] = ()
    state: CaseState | None = None
    unit: str = ""
    official: str = ""
    urgency: str = ""


def urgent_cases(
    connection: Connection, state: CaseState, *, sight: ColumnElement[bool], unit: str, limit: int, most: int
) -> tuple[list[Case], int]:
    """Cases of a state in which somebody works on them, those first whose next clock runs out first; and how many
    there are. More than `most` are neither counted nor looked at."""
    query = select(cases.c.number, _DUE.label("due_at")).where(cases.c.state == state.value, sight).limit(most)
    if unit:
        query = query.where(cases.c.unit == unit)
    rows = connection.execute(query).all()
    first = sorted(rows, key=lambda row: (row.due_at is None, row.due_at, row.number))[:limit]
    found = {row.number: row for row in connection.execute(_BY_NUMBER, {"numbers": [row.number for row in first]})}
    return [_case(found[row.number]) for row in first if row.number in found], len(rows)


def cases_numbered(connection: Connection, beginning: str, *, sight: ColumnElement[bool], limit: int) -> list[Case]:
    """Cases whose number begins so, newest first. beginning: digits and dashes."""
    # By its range an index finds them, in whatever order the database has digits, dashes and letters.
    there = (cases.c.number >= beginning, cases.c.number <= f"{beginning}z")
    query = select(*_COLUMNS).where(*there, cases.c.number.startswith(beginning, autoescape=True), sight)
    return [_case(row) for row in connection.execute(query.order_by(cases.c.number.desc()).limit(limit))]


def search_cases(
    connection: Connection,
    wanted: Narrowed,
    *,
    sight: ColumnElement[bool],
    before: Case | None,
    look: int,
    limit: int,
) -> tuple[list[Case], str]:
    """Cases like that, newest first, from the one before which it goes on; and the number of the last one that was
    looked at, empty when there are no older ones.

    Of a state in which few are, all are looked at; else `look` cases, found or not.
    """
    query = _narrowed(select(*_COLUMNS), wanted).where(sight)
    if before is not None:
        query = query.where(_older(before.answered_at, before.number))
    last = ""
    if _few(connection, wanted.state):
        assert wanted.state is not None
        query = query.where(cases.c.state == wanted.state.value)
    else:
        end = _last_of(connection, before, look)
        if end is not None:
            query = query.where(cases.c.answered_at >= end.answered_at)
            last = end.number
        if wanted.state is not None:
            # By time: SQLite would take the index of states, and there are too many of this one.
            query = query.where(cases.c.state.concat("") == wanted.state.value)
    query = query.order_by(cases.c.answered_at.desc(), cases.c.number.desc()).limit(limit + 1)
    found = [_case(row) for row in connection.execute(query)]
    if len(found) > limit:
        return found[:limit], found[limit - 1].number
    return found, last


def _few(connection: Connection, state: CaseState | None) -> bool:
    """Whether so few cases are in this state that all of them may be read."""
    if state is None or state not in _PASSING:
        return False
    some = select(cases.c.state).where(cases.c.state == state.value).limit(FEW + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() <= FEW


def _last_of(connection: Connection, before: Case | None, look: int) -> Row[Any] | None:
    """The last of the `look` newest cases; None: there are not so many."""
    query = select(cases.c.number, cases.c.answered_at)
    if before is not None:
        query = query.where(_older(before.answered_at, before.number))
    query = query.order_by(cases.c.answered_at.desc(), cases.c.number.desc()).limit(1).offset(look - 1)
    return connection.execute(query).one_or_none()


def _older(at: datetime, number: str) -> ColumnElement[bool]:
    return and_(cases.c.answered_at <= at, or_(cases.c.answered_at < at, cases.c.number < number))


def _narrowed(query: Select[Any], wanted: Narrowed) -> Select[Any]:
    if wanted.unit:
        query = query.where(cases.c.unit.concat("") == wanted.unit)
    if wanted.urgency:
        query = query.where(cases.c.urgency == wanted.urgency)
    if wanted.official:
        query = query.where(cases.c.official.contains(wanted.official, autoescape=True))
    return query.where(*(_says(word) for word in wanted.words))


_SAID = ("place", "matter", "matter_name", "type", "unit", "official", "demand", "transcript")
OPENLY = _SAID[:6]
"""The fields that are looked through and tell nobody's words."""


def _says(word: str) -> ColumnElement[bool]:
    """Whether it stands anywhere in the case: told as one text, which is read once."""
    together: ColumnElement[str] = cases.c[_SAID[0]]
    for name in _SAID[1:]:
        together = together.concat("\n").concat(cases.c[name])
    return together.contains(word, autoescape=True)


def _case(row: Row[Any]) -> Case:
    values = dict(row._mapping)
    return Case(**values | {"state": CaseState(row.state)})
