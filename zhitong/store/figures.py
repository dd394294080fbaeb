"""What the figures are counted from, in a few statements over a span of time; each goes by an index."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Row,
    Select,
    String,
    and_,
    case,
    cast,
    extract,
    func,
    or_,
    select,
    text,
)

from cases.callback import Reply
from cases.case import NO_MATTER, TO_TELL, CaseEvent, CaseState
from cases.figures import Answers, Counts
from zhitong.store.due import LEFT_TO_PERSON, PERSON_CALLBACK
from zhitong.store.surveys import count_survey
from zhitong.store.tables import CLOSING, calls, cases, clocks, due, tries
from zhitong.store.tries import PERSON

_WRITTEN = [one.value for one in (CaseState.REPLIED, CaseState.REVIEWED, CaseState.APPROVED)]
"""The unit has written its reply, which is not signed yet."""
_BY_INDEX = timedelta(days=100)
"""In a longer span there is so much to count that reading everything is faster."""


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
    if connection.dialect.name == "postgresql" and scope.until - scope.since <= _BY_INDEX:
        for join in ("hashjoin", "mergejoin"):  # for which it would read all cases of all years
            connection.exec_driver_sql(f"SET LOCAL enable_{join} = off")
    heard = connection.execute(
        _within(select(calls.c.rang_ms, calls.c.human_ms).join(cases, cases.c.call_id == calls.c.call_id), scope).where(
            calls.c.kind == "inbound"
        )
    ).all()
    rang_ms, waits_ms = zip(*heard, strict=True) if heard else ((), ())
    begun, declined, closed, assigned, returned = _cases(connection, scope)
    due_clocks, in_time, replied = _due(connection, scope, now)
    cycles, answers = _closings(connection, scope)
    repeatable, repeated = _repeats(connection, scope, repeat_within)
    return Counts(
        calls=len(heard),
        rang_ms=[ms for ms in rang_ms if ms is not None],
        waits_ms=[ms for ms in waits_ms if ms is not None],
        cases=begun,
        declined=declined,
        closed=closed,
        assigned=assigned,
        returned=returned,
        due=due_clocks,
        in_time=in_time,
        replied=replied,
        survey=count_survey(connection, scope.since, scope.until, partial(_of, scope=scope)),
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
    return tuple(int(one or 0) for one in connection.execute(_within(query.where(_MATTERS), scope)).one())


def _due(connection: Connection, scope: Scope, now: datetime) -> tuple[int, int, int]:
    written = cases.c.state.in_(_WRITTEN) & (clocks.c.round == cases.c.rework)
    answered = or_(clocks.c.met_at.is_not(None), written)
    query = (
        select(func.count(), _number_of(clocks.c.met_at <= clocks.c.due_at), _number_of(answered))
        .join(cases, cases.c.number == clocks.c.case_number)
        .where(text(CLOSING), _MATTERS, clocks.c.due_at >= scope.since, clocks.c.due_at < min(scope.until, now))
    )
    n, in_time, replied = connection.execute(_of(query, scope)).one()
    return n, in_time or 0, replied or 0


def _closings(connection: Connection, scope: Scope) -> tuple[list[float], list[Answers]]:
    """Seconds from the call to each closing in the span, and what came of it.

    A case that was closed, worked on again and closed once more counts twice. The callback of a closing is known by the
    marks of its tasks, the system's and, where there is none or it came to nothing, a person's; of the tries of both
    one at most has answers.
    """
    round = ":" + clocks.c.case_number + ":" + cast(clocks.c.round, String)
    ours, persons = due.alias(), due.alias()
    left = or_(ours.c.id.is_(None), ours.c.outcome == LEFT_TO_PERSON)
    last = func.coalesce(persons.c.outcome, ours.c.outcome, "")
    query = (
        select(
            round.label("closing"),
            _seconds(connection, cases.c.answered_at, clocks.c.met_at).label("seconds"),
            cases.c.channel,
            (clocks.c.round == 0).label("first"),
            case((persons.c.id.is_(None), ours.c.done_at), else_=persons.c.done_at).is_not(None).label("over"),
            (last == CaseEvent.NO_CONTACT.value).label("no_contact"),
            *(tries.c[name] for name in ("kind", "person", "solved", "satisfied")),
        )
        .join(cases, cases.c.number == clocks.c.case_number)
        .outerjoin(ours, ours.c.mark == "callback" + round)
        .outerjoin(persons, persons.c.mark == case((left, PERSON_CALLBACK + round)))
        .outerjoin(
            tries,
            and_(
                tries.c.task_id.in_((ours.c.id, persons.c.id)),
                tries.c.kind.in_(("callback", PERSON)),
                tries.c.person == Reply.YES.value,
            ),
        )
        .where(text(CLOSING), clocks.c.met_at >= scope.since, clocks.c.met_at < scope.until)
    )
    found = dict[str, Row[Any]]()
    for row in connection.execute(_of(query, scope)).all():
        known = found.setdefault(row[0], row)
        if known is not row:
            found[row[0]] = _fuller(known, row)
    cycles = [row[1] for row in found.values()]
    came_of = Counter([row[2:] for row in found.values()])
    return cycles, [
        Answers(
            channel=channel,
            first=bool(first),
            over=bool(over),
            no_contact=bool(no_contact),
            by=("人工" if kind == PERSON else "系统") if person else "",
            solved=solved or "",
            satisfied=satisfied or "",
            closings=n,
        )
        for (channel, first, over, no_contact, kind, person, solved, satisfied), n in came_of.items()
    ]


_PLAIN = (Reply.YES.value, Reply.MIDDLE.value, Reply.NO.value)


def _fuller(one: Row[Any], other: Row[Any]) -> Row[Any]:
    """Of two tries of one closing the one in which more was plainly answered: a person asks after an unclear answer."""
    return max(one, other, key=lambda row: [word in _PLAIN for word in reversed(row[-2:])])


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


_MATTERS = cases.c.concluded.not_in([one.value for one in sorted(NO_MATTER)])
"""Nor the one of a call in which somebody rang back for a callback: the call counts, the case does not."""


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
