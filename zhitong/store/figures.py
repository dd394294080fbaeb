"""What the figures are counted from, in a few statements over a span of time; each goes by an index."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, Select, String, and_, case, cast, extract, func, or_, select

from cases.case import TO_TELL, CaseEvent, CaseState
from cases.figures import Answers, Counts
from zhitong.store.tables import calls, cases, clocks, due, tries


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What is counted: a span of time, and of which units and line. None: of all."""

    since: datetime
    until: datetime
    units: frozenset[str] | None = None
    line: str | None = None


def count_all(
    connection: Connection, scope: Scope, *, now: datetime, repeat_within: timedelta, offered: int | None = None
) -> Counts:
    """The counts of this span, as far as it has passed."""
    heard = connection.execute(
        _within(select(calls.c.rang_ms, calls.c.human_ms).join(cases, cases.c.call_id == calls.c.call_id), scope).where(
            calls.c.kind == "inbound"
        )
    ).all()
    begun, declined, closed, assigned, returned = _cases(connection, scope)
    due_clocks, in_time = _due(connection, scope, now)
    cycles, answers = _closings(connection, scope)
    repeatable, repeated = _repeats(connection, scope, repeat_within)
    return Counts(
        calls=len(heard),
        rang_ms=[row.rang_ms for row in heard if row.rang_ms is not None],
        waits_ms=[row.human_ms for row in heard if row.human_ms is not None],
        cases=begun,
        declined=declined,
        closed=closed,
        assigned=assigned,
        returned=returned,
        due=due_clocks,
        in_time=in_time,
        cycles=cycles,
        answers=answers,
        repeatable=repeatable,
        repeated=repeated,
        offered=offered,
    )


def _cases(connection: Connection, scope: Scope) -> tuple[int, ...]:
    state, refused = cases.c.state, CaseEvent.DECLINE.value
    over = [*TO_TELL, CaseState.STRUCK_OFF]
    declined = and_(cases.c.disposition == refused, state.in_([one.value for one in over]))
    query = select(
        func.count(),
        _number_of(declined),
        _number_of(state.in_([one.value for one in over])),
        _number_of(cases.c.first_unit != ""),
        _number_of(and_(cases.c.first_unit != "", cases.c.returns > 0)),
    ).select_from(cases)
    return tuple(int(one or 0) for one in connection.execute(_within(query, scope)).one())


def _due(connection: Connection, scope: Scope, now: datetime) -> tuple[int, int]:
    query = (
        select(func.count(), _number_of(clocks.c.met_at <= clocks.c.due_at))
        .join(cases, cases.c.number == clocks.c.case_number)
        .where(clocks.c.code == "close", clocks.c.due_at >= scope.since, clocks.c.due_at < min(scope.until, now))
    )
    n, in_time = connection.execute(_of(query, scope)).one()
    return n, in_time or 0


def _closings(connection: Connection, scope: Scope) -> tuple[list[float], list[Answers]]:
    """Seconds from the call to each closing in the span, and what came of it.

    A case that was closed, worked on again and closed once more counts twice. The callback of a closing is known by the
    task's mark; of its tries one at most has answers.
    """
    mark = "callback:" + clocks.c.case_number + ":" + cast(clocks.c.round, String)
    query = (
        select(
            _seconds(connection, cases.c.answered_at, clocks.c.met_at).label("seconds"),
            *(clocks.c[name] for name in ("case_number", "round")),
            cases.c.channel,
            due.c.id,
            due.c.done_at.is_not(None).label("over"),
            *(tries.c[name] for name in ("person", "solved", "satisfied")),
        )
        .join(cases, cases.c.number == clocks.c.case_number)
        .outerjoin(due, due.c.mark == mark)
        .outerjoin(tries, and_(tries.c.task_id == due.c.id, tries.c.kind == "callback"))
        .where(clocks.c.code == "close", clocks.c.met_at >= scope.since, clocks.c.met_at < scope.until)
    )
    cycles = dict[tuple[str, int], float]()
    came_of = dict[tuple[str, int], tuple[Any, ...]]()
    for seconds, number, round, channel, task, over, *said in connection.execute(_of(query, scope)).all():
        closing = (number, round)
        if closing in came_of:
            said = [max(one or "", old) for one, old in zip(said, came_of[closing][4:], strict=True)]
        cycles[closing] = seconds
        came_of[closing] = (channel, round, task is not None, over, *said)
    counted = Counter(came_of.values())
    return list(cycles.values()), [
        Answers(
            channel=channel,
            first=round == 0,
            called=called,
            over=bool(over),
            reached=person == "yes",
            solved=solved or "",
            satisfied=satisfied or "",
            closings=n,
        )
        for (channel, round, called, over, person, solved, satisfied), n in counted.items()
    ]


def _repeats(connection: Connection, scope: Scope, within: timedelta) -> tuple[int, int]:
    before = func.lag(cases.c.answered_at).over(
        partition_by=(cases.c.caller, cases.c.matter), order_by=cases.c.answered_at
    )
    known = (
        select(cases.c.answered_at, cases.c.unit, cases.c.dialled, before.label("before"))
        .where(cases.c.answered_at >= scope.since - within, cases.c.answered_at < scope.until)
        .where(cases.c.caller != "", cases.c.matter != "", _CITIZEN)
        .subquery()
    )
    again = _seconds(connection, known.c.before, known.c.answered_at) <= within.total_seconds()
    query = select(func.count(), _number_of(again)).select_from(known).where(known.c.answered_at >= scope.since)
    if scope.units is not None:
        query = query.where(known.c.unit.in_(sorted(scope.units)))
    if scope.line is not None:
        query = query.where(known.c.dialled == scope.line)
    n, repeated = connection.execute(query).one()
    return n, repeated or 0


_CITIZEN = or_(cases.c.struck_off_at.is_(None), cases.c.struck_off_at != cases.c.answered_at)
"""Not the case that was begun when an official was taken for a citizen: struck off as of its beginning."""


def _within(query: Select[Any], scope: Scope) -> Select[Any]:
    """Of cases begun in the span."""
    return _of(query.where(cases.c.answered_at >= scope.since, cases.c.answered_at < scope.until), scope)


def _of(query: Select[Any], scope: Scope) -> Select[Any]:
    query = query.where(_CITIZEN)
    if scope.units is not None:
        query = query.where(cases.c.unit.in_(sorted(scope.units)))
    return query if scope.line is None else query.where(cases.c.dialled == scope.line)


def _number_of(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((what, 1), else_=0))


def _seconds(connection: Connection, since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[float]:
    if connection.dialect.name == "sqlite":
        return cast((func.julianday(until) - func.julianday(since)) * 86400, Float)
    return cast(extract("epoch", until - since), Float)
