"""责任倒查: from a bad rating to everybody who acted on the case, and what was late (万源). Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.case import CaseEvent
from cases.sla import SlaClock

SYSTEM = "系统"
_HANDLED = tuple(
    event.value
    for event in (
        CaseEvent.ASSIGN,
        CaseEvent.SIGN_FOR,
        CaseEvent.REPLY,
        CaseEvent.REVIEW,
        CaseEvent.APPROVE,
        CaseEvent.SETTLE,
        CaseEvent.DECLINE,
    )
)
"""What of the timeline says who answers for a result, in the order in which it is done."""
_GIVEN = re.compile(r"交办：([^，]+?)(?:，[^，]+?)?(?:（[^（）]*(?:重办|通话中)[^（）]*）)?")
_TAKEN = re.compile(r"(.+)接，.+移交，时限不变")


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One entry of a case's timeline. late: the names of the clocks that had run out, unmet, when it was done."""

    at: datetime
    what: str
    text: str
    who: str
    reason: str = ""
    late: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LateClock:
    """A clock that ran out. by: how long, until it was met, or until now. unit, person: who had the case then."""

    clock: SlaClock
    by: timedelta
    unit: str
    person: str


def held_by(acts: Iterable[Act], at: datetime, *, unit: str) -> str:
    """The unit that had the case at a moment, as its timeline tells; empty: none yet. unit: of a case that was never
    given to one, as those that came with theirs."""
    given = [(act.at, found) for act in acts if (found := _given_to(act))]
    return next((to for when, to in reversed(given) if when <= at), "") if given else unit


def _given_to(act: Act) -> str:
    if act.what not in (CaseEvent.ASSIGN, CaseEvent.HAND_OVER):
        return ""
    found = (_GIVEN if act.what == CaseEvent.ASSIGN else _TAKEN).fullmatch(act.text)
    return found[1] if found else ""


def answered_for(acts: Iterable[Act], at: datetime) -> tuple[tuple[str, str], ...]:
    """Who answers for what the citizen was told by then: (what he did, his name), the last of each."""
    last = {act.what: act.who for act in acts if act.at <= at and act.what in _HANDLED and act.who != SYSTEM}
    return tuple((what, last[what]) for what in _HANDLED if what in last)


def with_lateness(acts: Iterable[Act], clocks: Sequence[SlaClock]) -> tuple[Act, ...]:
    """The acts, each with the clocks that were overdue when it was done."""
    return tuple(
        Act(at=act.at, what=act.what, text=act.text, who=act.who, reason=act.reason, late=_overdue(clocks, act.at))
        for act in acts
    )


def late_clocks(acts: Sequence[Act], clocks: Iterable[SlaClock], *, now: datetime, unit: str) -> tuple[LateClock, ...]:
    """The clocks that ran out, with who had the case when they did."""
    found = list[LateClock]()
    for clock in clocks:
        until = clock.met_at or now
        if until <= clock.due_at:
            continue
        people = [act.who for act in acts if act.at <= clock.due_at and act.what in _HANDLED and act.who != SYSTEM]
        held = held_by(acts, clock.due_at, unit=unit)
        found.append(LateClock(clock=clock, by=until - clock.due_at, unit=held, person=people[-1] if people else ""))
    return tuple(found)


def people_of(acts: Iterable[Act]) -> dict[str, tuple[Act, ...]]:
    """Everybody who acted on it, in the order of his first act, with all that he did."""
    found = dict[str, list[Act]]()
    for act in acts:
        if act.who and act.who != SYSTEM:
            found.setdefault(act.who, []).append(act)
    return {who: tuple(did) for who, did in found.items()}


def _overdue(clocks: Iterable[SlaClock], at: datetime) -> tuple[str, ...]:
    return tuple(clock.name for clock in clocks if clock.due_at < at and (clock.met_at is None or clock.met_at >= at))
