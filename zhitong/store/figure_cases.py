"""The cases behind a figure: those of its numerator, or of its denominator, by the same conditions that count them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, literal_column, select

from cases.figures import ANSWER_WITHIN_MS, stands_in
from cases.record import RecordKind
from cases.survey import RATINGS
from cases.tags import OUTCRY
from zhitong.store.figures import (
    CALL_OF_CASE,
    Scope,
    answers_of,
    begun_conditions,
    begun_in,
    closing_rows,
    due_conditions,
    due_in,
    fuller,
    is_its_own,
    of_citizens,
    repeat_rows,
)
from zhitong.store.tables import calls, case_records, case_tags, cases, clocks

Side = Literal["numerator", "n", "rest"]
"""In the numerator, in the denominator, or only in that."""
_TIMES = ("on_spot", "cycle_mean", "cycle_median")
_CALLBACKS = ("called_back", "no_contact", "solved", "once", "satisfied")
_OF_SOME = ("satisfied", "satisfied_by")
"""Figures of what citizens answered after a closing; one of a channel, or of who called back, names it after a colon"""
_AT_ONCE = 1000  # rows that are read at a time


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """A case that counts; once for each time it does. at: of the call, the closing, the end of its time, the tag."""

    at: datetime
    number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HowCounted:
    """As the figures are counted: now, and what config says."""

    now: datetime
    repeat_within: timedelta
    settle_within: timedelta
    area_code: str


def counted_cases(
    connection: Connection, scope: Scope, code: str, side: Side, *, how: HowCounted, limit: int
) -> tuple[int, list[Counted]] | None:
    """How many there are, and the newest of them; None: the figure has no such cases."""
    found = _found(connection, scope, code, "n" if side == "rest" else side, how)
    if found is None:
        return None
    if side == "rest":
        part = _found(connection, scope, code, "numerator", how)
        if part is None:
            return None
        theirs = frozenset(part)
        found = (one for one in found if one not in theirs)
    n = 0

    def every() -> Iterator[Counted]:
        nonlocal n
        for one in found:
            n += 1
            yield one

    newest = nlargest(limit, every(), key=lambda one: (one.at, one.number))
    return n, newest


def _found(connection: Connection, scope: Scope, code: str, side: Side, how: HowCounted) -> Iterator[Counted] | None:
    query = _query(connection, scope, code, side, how)
    if query is not None:
        return _rows(connection, query)
    if code in (*_TIMES, *_CALLBACKS) or code.partition(":")[0] in _OF_SOME:
        return _closings(connection, scope, code, side, how)
    return None


def _rows(connection: Connection, query: Select[Any]) -> Iterator[Counted]:
    for some in connection.execute(query).partitions(_AT_ONCE):
        for number, at in some:
            yield Counted(at=at, number=number)


def _query(connection: Connection, scope: Scope, code: str, side: Side, how: HowCounted) -> Select[Any] | None:
    if side == "numerator" and code == "repeated":
        return repeat_rows(connection, scope, how.repeat_within, how.area_code)
    if side == "numerator" and code == "outcries":
        return _tagged(scope)
    begun, due = _of_begun(how.area_code), _of_due()
    if code in begun:
        numerator, whole = begun[code]
        which = numerator if side == "numerator" else whole
        query = select(cases.c.number, cases.c.answered_at).select_from(cases).outerjoin(calls, CALL_OF_CASE)
        return None if which is None else begun_in(query, scope).where(which)
    if code in due:
        which = due[code][side == "n"]
        query = select(clocks.c.case_number, clocks.c.due_at).join(cases, cases.c.number == clocks.c.case_number)
        return of_citizens(query, scope).where(*due_in(scope, how.now), which)
    return _surveyed(scope, side) if code == "satisfied_survey" else None


def _of_begun(area_code: str) -> dict[str, tuple[ColumnElement[bool] | None, ColumnElement[bool]]]:
    on = begun_conditions(area_code)
    called = calls.c.call_id.is_not(None)
    talked = calls.c.human_ms.is_not(None)
    return {
        "answered": (called, called),
        "human": (talked, called),
        "within_15": (calls.c.rang_ms <= ANSWER_WITHIN_MS, called),
        "human_within_15": (calls.c.human_ms <= ANSWER_WITHIN_MS, called),
        "wait_median": (None, talked),
        "wait_p90": (None, talked),
        "accepted": (on["cases"] & ~on["declined"], on["cases"]),
        "closed": (on["closed"], on["cases"] & ~on["declined"]),
        "handled": (on["closed"] | on["declined"], on["cases"]),
        "returned": (on["returned"], on["assigned"]),
        "repeated": (None, on["repeatable"]),
        "outcries": (None, on["cases"]),
    }


def _of_due() -> dict[str, tuple[ColumnElement[bool], ColumnElement[bool]]]:
    on = due_conditions()
    return {
        "in_time": (on["in_time"], ~on["refused_in_time"]),
        "replied": (on["replied"], literal_column("1") == 1),
    }


def _tagged(scope: Scope) -> Select[Any]:
    query = select(cases.c.number, case_tags.c.at).join(case_tags, cases.c.number == case_tags.c.case_number)
    within = (case_tags.c.at >= scope.since, case_tags.c.at < scope.until)
    return of_citizens(query, scope).where(case_tags.c.tag == OUTCRY, case_tags.c.out_at.is_(None), *within)


def _surveyed(scope: Scope, side: Side) -> Select[Any]:
    told = RATINGS[:1] if side == "numerator" else RATINGS[:3]
    query = select(cases.c.number, case_records.c.closed_at).join(
        case_records, cases.c.number == case_records.c.case_number
    )
    within = (case_records.c.closed_at >= scope.since, case_records.c.closed_at < scope.until)
    ours = (case_records.c.kind == RecordKind.SURVEY.value, case_records.c.outcome.in_(told))
    return of_citizens(query, scope).where(*ours, *within)


def _closings(connection: Connection, scope: Scope, code: str, side: Side, how: HowCounted) -> Iterator[Counted]:
    found = dict[tuple[str, int], tuple[Counted, float, tuple[Any, ...]]]()
    more = (clocks.c.case_number, clocks.c.round, clocks.c.met_at)
    query = closing_rows(connection, scope, literal_column("''"), *more)
    for some in connection.execute(query).partitions(_AT_ONCE):
        for number, round, at, _, seconds, *told in some:
            key, mine = (number, round), tuple(told)
            if key in found:
                mine = fuller(found[key][2], mine)
            found[key] = (Counted(at=at, number=number), seconds, mine)
    known = dict[tuple[Any, ...], bool]()
    for one, seconds, told_of_it in found.values():
        if code in _TIMES:
            quick = side == "n" or seconds <= how.settle_within.total_seconds()
            if is_its_own(told_of_it) and quick:
                yield one
            continue
        if told_of_it not in known:
            known[told_of_it] = stands_in(code, answers_of(told_of_it))[side == "n"]
        if known[told_of_it]:
            yield one
