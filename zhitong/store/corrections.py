"""Calls that the machine understood, with the cases that came of them: those people have decided about, or changed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select

from cases.case import NO_MATTER, REPORT, Case
from cases.correction import CHANGES, DECIDED
from cases.record import TOGETHER, RecordKind
from zhitong.store.cases import get_cases
from zhitong.store.tables import case_records, cases, facts, surge_cases, timeline

BY_TELEPHONE = "电话"
TAKEN = "example"
"""The mark of the entry that tells that the case became an example: a timeline has each mark once."""
MACHINE, MARKED = "系统", "标记"
_AT_ONCE = 500
_DETAILS = (
    select(facts.c.call_id, facts.c.kind, facts.c.detail)
    .where(facts.c.call_id.in_(bindparam("calls", expanding=True)))
    .where(facts.c.kind.in_(["understood", "planned", "surge"]))
    .order_by(facts.c.call_id, facts.c.seq)
)

Details = list[tuple[str, Any]]
"""Kind and detail of facts, in order."""


def details_of(connection: Connection, calls: Sequence[str]) -> dict[str, Details]:
    """What the machine made of these calls (at most some hundred), and where it wanted to put them through."""
    found: dict[str, Details] = defaultdict(list)
    for row in connection.execute(_DETAILS, {"calls": calls}):
        found[row.call_id].append((row.kind, row.detail))
    return found


def decided(
    connection: Connection, *, since: datetime, until: datetime, units: frozenset[str] | None
) -> Iterator[tuple[Row[Any], Details]]:
    """Of the cases of calls in [since, until) those that people have decided about, with what the machine said.

    Not what was closed together with another case or a surge: nobody looked at it for itself. units: None for all.
    """
    merged = (
        select(case_records.c.id)
        .where(case_records.c.case_number == cases.c.number, case_records.c.kind == RecordKind.MERGE.value)
        .where(case_records.c.outcome == TOGETHER)
    )
    surged = select(surge_cases.c.surge_id).where(
        surge_cases.c.case_number == cases.c.number, surge_cases.c.done_at.is_not(None)
    )
    query = (
        select(*(cases.c[name] for name in ("call_id", "matter", "type", "urgency", "place", "unit", "first_unit")))
        .where(cases.c.answered_at >= since, cases.c.answered_at < until, cases.c.channel == BY_TELEPHONE)
        # Not by the index of states: nearly all cases of all years are in one of these.
        .where(or_(cases.c.state.concat("").in_([one.value for one in sorted(DECIDED)]), cases.c.rework > 0))
        .where(cases.c.concluded.not_in([one.value for one in sorted(NO_MATTER)]))
        .where(~merged.exists(), ~surged.exists())
    )
    if units is not None:
        query = query.where(cases.c.unit.in_(sorted(units)))
    for some in connection.execute(query).partitions(_AT_ONCE):
        told = details_of(connection, [row.call_id for row in some])
        yield from ((row, told[row.call_id]) for row in some if row.call_id in told)


def touched(
    connection: Connection,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    sight: ColumnElement[bool],
    at_once: int = _AT_ONCE,
) -> Iterator[tuple[Case, Details]]:
    """Of the cases of calls in [since, until), oldest first, those with which people did something that may be a
    correction, and whose words may be learned from: kept still, not secret, not taken yet, of those that he may see."""
    entries = select(func.count(timeline.c.id)).where(timeline.c.case_number == cases.c.number)
    people = or_(timeline.c.who != MACHINE, timeline.c.what == MARKED)
    query = (
        select(cases.c.answered_at, cases.c.number)
        .where(cases.c.answered_at < until, cases.c.channel == BY_TELEPHONE)
        .where(cases.c.transcript != "", cases.c.transcript_expires_at > now)
        .where(cases.c.type != REPORT, cases.c.secrecy == "", sight)
        # Counted: of what exists or does not PostgreSQL would read the timelines of all years.
        .where(entries.where(timeline.c.what.in_(CHANGES), people).scalar_subquery() > 0)
        .where(entries.where(timeline.c.mark == TAKEN).scalar_subquery() == 0)
        .order_by(cases.c.answered_at, cases.c.number)
        .limit(at_once)
    )
    at, after = since, ""
    while some := connection.execute(
        query.where(cases.c.answered_at >= at, or_(cases.c.answered_at > at, cases.c.number > after))
    ).all():
        yield from with_details(connection, [row.number for row in some])
        at, after = some[-1]


def with_details(connection: Connection, numbers: Sequence[str]) -> Iterator[tuple[Case, Details]]:
    """These cases (some hundred) in this order, with what the machine made of their calls."""
    found = get_cases(connection, numbers)
    told = details_of(connection, [case.call_id for case in found.values()])
    yield from ((found[number], told.get(found[number].call_id, [])) for number in numbers if number in found)


def words_kept(connection: Connection, number: str, now: datetime) -> bool:
    """Whether what the caller said may still be read."""
    query = select(cases.c.number).where(cases.c.number == number, cases.c.transcript != "")
    return connection.execute(query.where(cases.c.transcript_expires_at > now)).first() is not None
