"""What “五要” are counted from beside the figures (cases.five): few records, by their kind."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from cases.five import BREACHES, FiveCounts
from cases.record import RecordKind
from zhitong.store.figures import Scope
from zhitong.store.tables import case_records, cases

_RECORD = case_records.c
_SYSTEM = "系统"
"""By whom a 协办 is ended when its case is struck off: nobody has done it."""


def count_five(connection: Connection, scope: Scope, *, now: datetime, hidden: bool) -> FiveCounts:
    """A 协办 counts for its owner, all else for the unit of the case. hidden: also what supervision alone sees."""
    early = and_(_RECORD.closed_by == _SYSTEM, _RECORD.closed_at <= _RECORD.due_at)
    passed = and_(_RECORD.due_at >= scope.since, _RECORD.due_at < min(scope.until, now))
    tasks = and_(passed, or_(_RECORD.closed_at.is_(None), ~early))
    done = and_(tasks, _RECORD.closed_at <= _RECORD.due_at)
    undated = and_(_RECORD.due_at.is_(None), _within(scope, _RECORD.opened_at))
    owned = [_RECORD.kind == RecordKind.CO_HANDLE.value, *_of(scope, _RECORD.owner)]
    found = FiveCounts(**_counted(connection, owned, tasks=tasks, done=done, undated=undated))
    if not hidden:
        return found
    theirs = [_RECORD.kind.in_([kind.value for kind in BREACHES]), *_of(scope, cases.c.unit)]
    written = _within(scope, _RECORD.opened_at)
    told = _counted(connection, theirs, breaches=written, concluded=and_(written, _RECORD.closed_at.is_not(None)))
    blamed = (
        select(func.count(cases.c.number.distinct()))
        .select_from(_JOINED)
        .where(_RECORD.kind == RecordKind.CONDUCT.value, *_of(scope, cases.c.unit))
        .where(_within(scope, cases.c.answered_at))
    )
    return replace(found, **told, blamed=connection.execute(blamed).scalar_one())


_JOINED = case_records.join(cases, cases.c.number == _RECORD.case_number)


def _counted(connection: Connection, where: list[ColumnElement[bool]], **what: ColumnElement[bool]) -> dict[str, int]:
    query = select(*(func.count(case((one, 1))) for one in what.values())).select_from(_JOINED).where(*where)
    return dict(zip(what, connection.execute(query).one(), strict=True))


def _within(scope: Scope, moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(moment >= scope.since, moment < scope.until)


def _of(scope: Scope, unit: ColumnElement[str]) -> list[ColumnElement[bool]]:
    units = [] if scope.units is None else [unit.in_(sorted(scope.units))]
    return units + ([] if scope.line is None else [cases.c.dialled == scope.line])
