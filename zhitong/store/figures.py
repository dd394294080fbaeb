"""What the figures are counted from, in a few statements over a span of time; each goes by an index."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    union_all,
)

from cases.callback import Reply
from cases.case import NO_MATTER, TO_TELL, CaseEvent, CaseState
from cases.figures import Answers, Counts
from cases.record import TOGETHER, RecordKind
from cases.tags import OUTCRY
from zhitong.store.citizens import known_as
from zhitong.store.due import LEFT_TO_PERSON, PERSON_CALLBACK
from zhitong.store.postgresql import join_by_index
from zhitong.store.surveys import count_survey
from zhitong.store.tables import CLOSING, calls, case_records, case_tags, cases, clocks, due, timeline, tries
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
    connection: Connection,
    scope: Scope,
    *,
    now: datetime,
    repeat_within: timedelta,
    area_code: str = "",
    offered: int | None = None,
) -> Counts:
    """The counts of this span, as far as it has passed. area_code: of numbers that are written without theirs."""
    (counts,) = _counted(connection, scope, literal_column("''"), now, repeat_within, area_code).values()
    return replace(counts, offered=offered)


def count_units(
    connection: Connection, scope: Scope, *, now: datetime, repeat_within: timedelta, area_code: str = ""
) -> dict[str, Counts]:
    """The same of each unit that has something to count, read once for all; of nobody's cases under an empty name."""
    return _counted(connection, scope, cases.c.unit, now, repeat_within, area_code)


def _counted(
    connection: Connection,
    scope: Scope,
    of: ColumnElement[str],
    now: datetime,
    repeat_within: timedelta,
    area_code: str,
) -> dict[str, Counts]:
    if scope.until - scope.since <= _BY_INDEX:
        join_by_index(connection)
    found = defaultdict[str, dict[str, Any]](dict)
    for one, told in (
        *_begun(connection, scope, of, area_code),
        *_due(connection, scope, of, now),
        *_closings(connection, scope, of),
        *_repeats(connection, scope, of, repeat_within, area_code),
        *_surveys(connection, scope, of),
        *_outcries(connection, scope, of),
    ):
        found[one].update(told)
    return {one: Counts(**told) for one, told in found.items()}


_Told = tuple[str, dict[str, Any]]
"""Of whom, and something that Counts says."""


def _begun(connection: Connection, scope: Scope, of: ColumnElement[str], area_code: str) -> Iterator[_Told]:
    """Of the cases begun in the span, and of their calls, whose milliseconds come as one text: it is read faster."""
    begun = begun_conditions(area_code)
    query = (
        select(
            of,
            *(func.aggregate_strings(cast(column, String), ",") for column in (calls.c.rang_ms, calls.c.human_ms)),
            func.count(calls.c.call_id),
            *map(_number_of, begun.values()),
        )
        .select_from(cases)
        .outerjoin(calls, CALL_OF_CASE)
    )
    names = ("calls", *begun)
    for one, rang, waits, *numbers in connection.execute(_each(begun_in(query, scope), of)):
        told = {"rang_ms": _numbers(rang), "waits_ms": _numbers(waits)}
        yield one, told | {name: n or 0 for name, n in zip(names, numbers, strict=True)}


def begun_conditions(area_code: str) -> dict[str, ColumnElement[bool]]:
    """Of a case begun in the span, what of cases.figures.Counts it counts in."""
    over = cases.c.state.in_([one.value for one in (*TO_TELL, CaseState.STRUCK_OFF)])
    own, given = (known_as(one, area_code) != "" for one in (cases.c.caller, cases.c.contact))
    known = or_(and_(~cases.c.shared_phone, own), and_(cases.c.contact != "", given))
    return {
        "cases": _MATTERS,
        "declined": and_(_MATTERS, cases.c.disposition == CaseEvent.DECLINE.value, over),
        "closed": and_(_MATTERS, cases.c.disposition != CaseEvent.DECLINE.value, over),
        "assigned": and_(_MATTERS, cases.c.first_unit != ""),
        "returned": and_(_MATTERS, cases.c.first_unit != "", cases.c.returns > 0),
        "repeatable": and_(_MATTERS, cases.c.matter != "", known),
    }


CALL_OF_CASE = and_(calls.c.call_id == cases.c.call_id, calls.c.kind == "inbound")
"""How a case is joined to the call that it came from."""


def _numbers(text: str | None) -> list[int]:
    return [int(one) for one in text.split(",")] if text else []


def _due(connection: Connection, scope: Scope, of: ColumnElement[str], now: datetime) -> Iterator[_Told]:
    counted = due_conditions()
    query = (
        select(of, func.count(), *map(_number_of, counted.values()))
        .select_from(clocks)
        .join(cases, cases.c.number == clocks.c.case_number)
        .where(*due_in(scope, now))
    )
    names = ("due", *counted)
    for one, *numbers in connection.execute(_each(of_citizens(query, scope), of)):
        yield one, {name: n or 0 for name, n in zip(names, numbers, strict=True)}


def due_in(scope: Scope, now: datetime) -> list[ColumnElement[bool]]:
    """The clocks for the result that ran out in the span."""
    return [text(CLOSING), _MATTERS, clocks.c.due_at >= scope.since, clocks.c.due_at < min(scope.until, now)]  # type: ignore[list-item]


def due_conditions() -> dict[str, ColumnElement[bool]]:
    """Of such a clock, what of cases.figures.Counts it counts in."""
    written = cases.c.state.in_(_WRITTEN) & (clocks.c.round == cases.c.rework)
    in_time = and_(clocks.c.met_at.is_not(None), clocks.c.met_at <= clocks.c.due_at)
    return {
        "in_time": and_(in_time, ~_declined()),
        "refused_in_time": and_(in_time, _declined()),
        "replied": or_(clocks.c.met_at.is_not(None), written),
    }


def _surveys(connection: Connection, scope: Scope, of: ColumnElement[str]) -> Iterator[_Told]:
    def narrowed(query: Select[Any]) -> Select[Any]:
        return _each(of_citizens(query, scope), of)

    for one, survey in count_survey(connection, scope.since, scope.until, of, narrowed).items():
        yield one, {"survey": survey}


def _outcries(connection: Connection, scope: Scope, of: ColumnElement[str]) -> Iterator[_Told]:
    query = (
        select(of, func.count(cases.c.number.distinct()))
        .select_from(case_tags)
        .join(cases, cases.c.number == case_tags.c.case_number)
        .where(case_tags.c.tag == OUTCRY, case_tags.c.out_at.is_(None))
        .where(case_tags.c.at >= scope.since, case_tags.c.at < scope.until)
    )
    for one, n in connection.execute(_each(of_citizens(query, scope), of)):
        yield one, {"outcries": n}


def _closings(connection: Connection, scope: Scope, of: ColumnElement[str]) -> Iterator[_Told]:
    """Seconds from the call to each closing in the span, and what came of it.

    A case that was closed, worked on again and closed once more counts twice. The callback of a closing is known by the
    marks of its tasks, the system's and, where there is none or it came to nothing, a person's; of the tries of both
    one at most has answers.
    """
    query = closing_rows(connection, scope, of)
    found, same = dict[int, tuple[Any, ...]](), dict[tuple[Any, ...], tuple[Any, ...]]()
    cycles, answers = defaultdict[str, list[float]](list), defaultdict[str, list[Answers]](list)
    ends = defaultdict[str, Counter[int]](Counter)
    for some in connection.execute(query).partitions(_AT_ONCE):
        for row in some:
            task, told = row[0], tuple(row[2:])
            if task is None:  # nobody was to be called back, so nobody was
                task = -1 - len(found)
            if task in found:
                found[task] = fuller(found[task], told)
                continue
            found[task] = same.setdefault(told, told)  # few of them differ
            if told[_END] == _ITS_OWN:
                cycles[told[0]].append(row[1])
    for told, n in Counter(found.values()).items():
        ends[told[0]][told[_END]] += n
        answers[told[0]].append(answers_of(told, n))
    for one in answers:
        refused, together = (ends[one][end] for end in (_DECLINED, _TOGETHER))
        yield one, {"cycles": cycles[one], "answers": answers[one], "refused": refused, "together": together}


def closing_rows(
    connection: Connection, scope: Scope, of: ColumnElement[str], *more: ColumnElement[Any]
) -> Select[Any]:
    """The closings in the span, each once for each try that has answers: `more`, the task of its callback, the seconds
    since the call, and then what `fuller` and `answers_of` take."""
    round = ":" + clocks.c.case_number + ":" + cast(clocks.c.round, String)
    ours, persons = due.alias(), due.alias()
    left = or_(ours.c.id.is_(None), ours.c.outcome == LEFT_TO_PERSON)
    last = func.coalesce(persons.c.outcome, ours.c.outcome, "")
    query = (
        select(
            *more,
            func.coalesce(persons.c.id, ours.c.id),
            _seconds(connection, cases.c.answered_at, clocks.c.met_at),
            of,
            cases.c.channel,
            clocks.c.round == 0,
            case((persons.c.id.is_(None), ours.c.done_at), else_=persons.c.done_at).is_not(None),
            last == CaseEvent.NO_CONTACT.value,
            case((_declined(), _DECLINED), (_together(scope), _TOGETHER), else_=_ITS_OWN),
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
        .where(text(CLOSING), _MATTERS, clocks.c.met_at >= scope.since, clocks.c.met_at < scope.until)
    )
    return of_citizens(query, scope)


def answers_of(told: tuple[Any, ...], n: int = 1) -> Answers:
    """So many closings of which this is told."""
    _, channel, *was, _, kind, solved, satisfied = told
    first, over, no_contact = map(bool, was)
    return Answers(
        channel=channel,
        first=first,
        over=over,
        no_contact=no_contact,
        by=("人工" if kind == PERSON else "系统") if kind else "",
        solved=solved or "",
        satisfied=satisfied or "",
        closings=n,
    )


def is_its_own(told: tuple[Any, ...]) -> bool:
    """Whether it was worked on by itself: neither declined nor over with the case that it was merged into."""
    return bool(told[_END] == _ITS_OWN)


_ITS_OWN, _DECLINED, _TOGETHER = range(3)
"""How a closing came about: worked on by itself, not taken on, or over with the case that it was merged into."""
_END = 5
"""Where that stands in what is told of a closing."""


def _declined() -> ColumnElement[bool]:
    """Whether a clock was met by 不予受理. Of a round that is over the case no longer tells; its timeline does."""
    merged = (timeline.c.what == CaseEvent.MERGED.value) & timeline.c.text.contains(f"（{CaseEvent.DECLINE}）")
    entry = (
        select(timeline.c.id)
        .where(timeline.c.case_number == clocks.c.case_number, timeline.c.at == clocks.c.met_at)
        .where(or_(timeline.c.what == CaseEvent.DECLINE.value, merged))
        .exists()
    )
    disposed = cases.c.disposition == CaseEvent.DECLINE.value
    return and_(clocks.c.met_at.is_not(None), case((clocks.c.round == cases.c.rework, disposed), else_=entry))


def _together(scope: Scope) -> ColumnElement[bool]:
    """Whether it was closed with the case that it was merged into: what was worked on is that one."""
    merges = (
        select(case_records.c.case_number, case_records.c.closed_at)
        .where(case_records.c.kind == RecordKind.MERGE.value, case_records.c.outcome == TOGETHER)
        .where(case_records.c.closed_at >= scope.since, case_records.c.closed_at < scope.until)
    )
    return tuple_(clocks.c.case_number, clocks.c.met_at).in_(merges)


_PLAIN = (Reply.YES.value, Reply.MIDDLE.value, Reply.NO.value)


def fuller(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of two tries of one closing the one in which more was plainly answered: a person asks after an unclear answer."""
    return max(one, other, key=lambda row: [word in _PLAIN for word in reversed(row[-2:])])


def _repeats(
    connection: Connection, scope: Scope, of: ColumnElement[str], within: timedelta, area_code: str
) -> Iterator[_Told]:
    """Cases whose citizen called before about the matter, known by the telephone he called from or by the one he gave.

    Who gave one stands here under both, and counts once.
    """
    known, asked = _called_again(connection, scope, of, within, area_code)
    query = select(known.c.of, func.count(known.c.number.distinct())).where(*asked).group_by(known.c.of)
    for one, n in connection.execute(query):
        yield one, {"repeated": n}


def repeat_rows(connection: Connection, scope: Scope, within: timedelta, area_code: str) -> Select[Any]:
    """Number and beginning of each such case."""
    known, asked = _called_again(connection, scope, literal_column("''"), within, area_code)
    return select(known.c.number, known.c.answered_at).where(*asked).distinct()


def _called_again(
    connection: Connection, scope: Scope, of: ColumnElement[str], within: timedelta, area_code: str
) -> tuple[Subquery, list[ColumnElement[bool]]]:
    columns = (of.label("of"), *(cases.c[name] for name in ("number", "matter", "answered_at", "unit", "dialled")))
    span = (cases.c.answered_at >= scope.since - within, cases.c.answered_at < scope.until, cases.c.matter != "")
    own, given = (known_as(one, area_code) for one in (cases.c.caller, cases.c.contact))
    another = and_(cases.c.contact != "", or_(cases.c.shared_phone, given != own))
    rows = [
        (cases.c.caller, own, and_(*span, ~cases.c.shared_phone, _CITIZEN, _MATTERS)),
        (cases.c.contact, given, and_(*span, cases.c.contact != "", another, _CITIZEN, _MATTERS)),
    ]
    theirs = union_all(
        *(select(*columns, citizen.label("citizen")).where(of_them) for _, citizen, of_them in _often(connection, rows))
    ).subquery()
    before = func.lag(theirs.c.answered_at).over(
        partition_by=(theirs.c.citizen, theirs.c.matter), order_by=theirs.c.answered_at
    )
    # Asked of the citizen itself, SQLite would find out who each is before it looks who called twice.
    somebody = case((theirs.c.citizen != "", 1), else_=0)
    known = select(theirs, before.label("before"), somebody.label("somebody")).subquery()
    again = _seconds(connection, known.c.before, known.c.answered_at) <= within.total_seconds()
    asked = [known.c.answered_at >= scope.since, known.c.somebody == 1, again]
    if scope.units is not None:
        asked.append(known.c.unit.in_(sorted(scope.units)))
    if scope.line is not None:
        asked.append(known.c.dialled == scope.line)
    return known, asked


_Numbers = Sequence[tuple[ColumnElement[str], ColumnElement[str], ColumnElement[bool]]]
"""A number as it was written, as whose it is known, and of which cases."""


def _often(connection: Connection, rows: _Numbers) -> _Numbers:
    """Of these only those that may be there twice: SQLite takes long to put all in order, and to know each number."""
    if connection.dialect.name != "sqlite":
        return rows
    ends = [func.substr(number, -7) for number, _, _ in rows]  # the same however it was written
    every = union_all(*(select(end.label("end")).where(of) for end, (_, _, of) in zip(ends, rows, strict=True)))
    one = every.subquery()
    twice = select(one.c.end).group_by(one.c.end).having(func.count() > 1)
    return [(number, citizen, of & end.in_(twice)) for end, (number, citizen, of) in zip(ends, rows, strict=True)]


def _each(query: Select[Any], of: ColumnElement[str]) -> Select[Any]:
    return query.group_by(of) if of is cases.c.unit else query


_CITIZEN = or_(cases.c.struck_off_at.is_(None), cases.c.struck_off_at != cases.c.answered_at)
"""Not the case that was begun when an official was taken for a citizen: struck off as of its beginning."""


_MATTERS = cases.c.concluded.not_in([one.value for one in sorted(NO_MATTER)])
"""Nor the one of a call in which somebody rang back for a callback: the call counts, the case does not."""


def begun_in(query: Select[Any], scope: Scope) -> Select[Any]:
    """Of cases begun in the span."""
    return of_citizens(query.where(cases.c.answered_at >= scope.since, cases.c.answered_at < scope.until), scope)


def of_citizens(query: Select[Any], scope: Scope) -> Select[Any]:
    """Of the units and the line that are counted, and no call of an official's."""
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
