"""What the figures are counted from, in a few statements over a span of time; each goes by an index."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    String,
    and_,
    case,
    cast,
    extract,
    func,
    literal_column,
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
_AT_ONCE = 1000
"""Rows: read all at once, the garbage collector would look at each of them again and again."""


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
    (counts,) = _counted(connection, scope, literal_column("''"), now, repeat_within).values()
    return replace(counts, offered=offered)


def count_units(connection: Connection, scope: Scope, *, now: datetime, repeat_within: timedelta) -> dict[str, Counts]:
    """The same of each unit that has something to count, read once for all; of nobody's cases under an empty name."""
    return _counted(connection, scope, cases.c.unit, now, repeat_within)


def _counted(
    connection: Connection, scope: Scope, of: ColumnElement[str], now: datetime, repeat_within: timedelta
) -> dict[str, Counts]:
    if connection.dialect.name == "postgresql" and scope.until - scope.since <= _BY_INDEX:
        for join in ("hashjoin", "mergejoin"):  # for which it would read all cases of all years
            connection.exec_driver_sql(f"SET LOCAL enable_{join} = off")
    found = defaultdict[str, dict[str, Any]](dict)
    for one, told in (
        *_begun(connection, scope, of),
        *_due(connection, scope, of, now),
        *_closings(connection, scope, of),
        *_repeats(connection, scope, of, repeat_within),
        *_surveys(connection, scope, of),
    ):
        found[one].update(told)
    return {one: Counts(**told) for one, told in found.items()}


_Told = tuple[str, dict[str, Any]]
"""Of whom, and something that Counts says."""


def _begun(connection: Connection, scope: Scope, of: ColumnElement[str]) -> Iterator[_Told]:
    """Of the cases begun in the span, and of their calls, whose milliseconds come as one text: it is read faster."""
    over = cases.c.state.in_([one.value for one in (*TO_TELL, CaseState.STRUCK_OFF)])
    query = (
        select(
            of,
            *(func.aggregate_strings(cast(column, String), ",") for column in (calls.c.rang_ms, calls.c.human_ms)),
            func.count(calls.c.call_id),
            _number_of(_MATTERS),
            _number_of(and_(_MATTERS, cases.c.disposition == CaseEvent.DECLINE.value, over)),
            _number_of(and_(_MATTERS, over)),
            _number_of(and_(_MATTERS, cases.c.first_unit != "")),
            _number_of(and_(_MATTERS, cases.c.first_unit != "", cases.c.returns > 0)),
            _number_of(and_(cases.c.caller != "", cases.c.matter != "")),
        )
        .select_from(cases)
        .outerjoin(calls, and_(calls.c.call_id == cases.c.call_id, calls.c.kind == "inbound"))
    )
    names = ("calls", "cases", "declined", "closed", "assigned", "returned", "repeatable")
    for one, rang, waits, *numbers in connection.execute(_each(_within(query, scope), of)):
        told = {"rang_ms": _numbers(rang), "waits_ms": _numbers(waits)}
        yield one, told | {name: n or 0 for name, n in zip(names, numbers, strict=True)}


def _numbers(text: str | None) -> list[int]:
    return [int(one) for one in text.split(",")] if text else []


def _due(connection: Connection, scope: Scope, of: ColumnElement[str], now: datetime) -> Iterator[_Told]:
    written = cases.c.state.in_(_WRITTEN) & (clocks.c.round == cases.c.rework)
    answered = or_(clocks.c.met_at.is_not(None), written)
    query = (
        select(of, func.count(), _number_of(clocks.c.met_at <= clocks.c.due_at), _number_of(answered))
        .select_from(clocks)
        .join(cases, cases.c.number == clocks.c.case_number)
        .where(text(CLOSING), _MATTERS, clocks.c.due_at >= scope.since, clocks.c.due_at < min(scope.until, now))
    )
    for one, n, in_time, replied in connection.execute(_each(_of(query, scope), of)):
        yield one, {"due": n, "in_time": in_time or 0, "replied": replied or 0}


def _surveys(connection: Connection, scope: Scope, of: ColumnElement[str]) -> Iterator[_Told]:
    def narrowed(query: Select[Any]) -> Select[Any]:
        return _each(_of(query, scope), of)

    for one, survey in count_survey(connection, scope.since, scope.until, of, narrowed).items():
        yield one, {"survey": survey}


def _closings(connection: Connection, scope: Scope, of: ColumnElement[str]) -> Iterator[_Told]:
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
            func.coalesce(persons.c.id, ours.c.id),
            _seconds(connection, cases.c.answered_at, clocks.c.met_at),
            of,
            cases.c.channel,
            clocks.c.round == 0,
            case((persons.c.id.is_(None), ours.c.done_at), else_=persons.c.done_at).is_not(None),
            last == CaseEvent.NO_CONTACT.value,
            *(tries.c[name] for name in ("kind", "solved", "satisfied")),
        )
        .select_from(clocks)
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
    found, same = dict[int, tuple[Any, ...]](), dict[tuple[Any, ...], tuple[Any, ...]]()
    cycles, answers = defaultdict[str, list[float]](list), defaultdict[str, list[Answers]](list)
    for some in connection.execute(_of(query, scope)).partitions(_AT_ONCE):
        for row in some:
            task, told = row[0], tuple(row[2:])
            if task is None:  # nobody was to be called back, so nobody was
                task = -1 - len(found)
            if task in found:
                found[task] = _fuller(found[task], told)
                continue
            found[task] = same.setdefault(told, told)  # few of them differ
            cycles[told[0]].append(row[1])
    for (one, channel, *was, kind, solved, satisfied), n in Counter(found.values()).items():
        first, over, no_contact = map(bool, was)
        answers[one].append(
            Answers(
                channel=channel,
                first=first,
                over=over,
                no_contact=no_contact,
                by=("人工" if kind == PERSON else "系统") if kind else "",
                solved=solved or "",
                satisfied=satisfied or "",
                closings=n,
            )
        )
    for one in cycles:
        yield one, {"cycles": cycles[one], "answers": answers[one]}


_PLAIN = (Reply.YES.value, Reply.MIDDLE.value, Reply.NO.value)


def _fuller(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of two tries of one closing the one in which more was plainly answered: a person asks after an unclear answer."""
    return max(one, other, key=lambda row: [word in _PLAIN for word in reversed(row[-2:])])


def _repeats(connection: Connection, scope: Scope, of: ColumnElement[str], within: timedelta) -> Iterator[_Told]:
    span = [cases.c.answered_at >= scope.since - within, cases.c.answered_at < scope.until, _CITIZEN]
    span += [cases.c.caller != "", cases.c.matter != ""]
    if connection.dialect.name == "sqlite":  # which takes twice as long to put all in order as those who called again
        often = select(cases.c.caller).where(*span).group_by(cases.c.caller).having(func.count() > 1)
        span.append(cases.c.caller.in_(often))
    before = func.lag(cases.c.answered_at).over(
        partition_by=(cases.c.caller, cases.c.matter), order_by=cases.c.answered_at
    )
    known = (
        select(of.label("of"), cases.c.answered_at, cases.c.unit, cases.c.dialled, before.label("before"))
        .where(*span)
        .subquery()
    )
    again = _seconds(connection, known.c.before, known.c.answered_at) <= within.total_seconds()
    query = select(known.c.of, func.count()).where(known.c.answered_at >= scope.since, again).group_by(known.c.of)
    if scope.units is not None:
        query = query.where(known.c.unit.in_(sorted(scope.units)))
    if scope.line is not None:
        query = query.where(known.c.dialled == scope.line)
    for one, n in connection.execute(query):
        yield one, {"repeated": n}


def _each(query: Select[Any], of: ColumnElement[str]) -> Select[Any]:
    return query.group_by(of) if of is cases.c.unit else query


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
