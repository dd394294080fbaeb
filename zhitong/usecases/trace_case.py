"""责任倒查: the bad ratings of a span, and from one of them to everybody who acted on its case."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from cases.case import Case
from cases.roles import Action, Actor, Role, permit
from cases.trace import Act, LateClock, answered_for, held_by, late_clocks, people_of, with_lateness
from zhitong.store.accounts import all_actors
from zhitong.store.cases import get_case, get_cases
from zhitong.store.engine import reading, writing
from zhitong.store.ratings import BadRating, bad_ratings_of
from zhitong.store.sight import seen_by
from zhitong.store.timeline import timelines_of
from zhitong.usecases.figures import seen_units
from zhitong.usecases.looking import HIDDEN, looked, may_list
from zhitong.usecases.show_case import CaseView, show_case


@dataclass(frozen=True, kw_only=True, slots=True)
class Rated:
    """A bad rating with who had the case when it was given, and who answers for what the citizen was told."""

    rating: BadRating
    case: Case
    unit: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """A case from its bad ratings back: every act in order, by person, and the clocks that ran out.

    known: of everybody with an account: his units and roles, as they are now.
    """

    view: CaseView
    ratings: tuple[BadRating, ...]
    acts: tuple[Act, ...]
    people: dict[str, tuple[Act, ...]]
    late: tuple[LateClock, ...]
    known: dict[str, str]


def bad_ratings(
    engine: Engine,
    *,
    by: Actor,
    since: datetime,
    until: datetime,
    now: datetime,
    unit: str = "",
    person: str = "",
) -> list[Rated]:
    """The bad ratings given in [since, until), oldest first, of the cases that he may see; that he looked is recorded.

    unit: had the case when it was rated; person: answers for it (signed, replied, reviewed …). Of what is secret the
    words are supervision's alone. Raises NotPermitted, DatabaseGone.
    """
    seen_units(by, Action.TRACE, unit)
    with writing(engine) as connection:
        looked(connection, by, None, what="不满意清单", now=now)
    with reading(engine) as connection:
        sight = seen_by(by, Action.TRACE)
        found = bad_ratings_of(connection, since=since, until=until, sight=sight, surveys=Role.SUPERVISION in by.roles)
        numbers = sorted({one.case_number for one in found})
        cases, told = get_cases(connection, numbers), timelines_of(connection, numbers)
    rated = [_rated(one, cases[one.case_number], _acts(told[one.case_number]), by) for one in found]
    return [
        one for one in rated if unit in ("", one.unit) and (not person or any(person == name for _, name in one.people))
    ]


def trace_case(engine: Engine, *, number: str, by: Actor, now: datetime) -> Trace:
    """Everything that was done on a case, by whom, and what was late; that he looked is recorded.

    Raises NotPermitted, CaseNotFound, DatabaseGone.
    """
    permit(by, Action.TRACE)
    with reading(engine) as connection:
        permit(by, Action.TRACE, get_case(connection, number))  # who only helps with it sees it, and traces nobody
    view = show_case(engine, number=number, by=by, now=now, what="责任倒查")
    with reading(engine) as connection:
        sight = seen_by(by, Action.TRACE)
        surveys = Role.SUPERVISION in by.roles
        ratings = bad_ratings_of(connection, numbers=[number], sight=sight, surveys=surveys)
        known = {one.name: _known(one) for one in all_actors(connection)}
    if not may_list(view.case, by):
        ratings = [replace(one, why=one.why and HIDDEN) for one in ratings]
    acts = with_lateness(_acts(view.timeline), view.clocks)
    return Trace(
        view=view,
        ratings=tuple(ratings),
        acts=acts,
        people=people_of(acts),
        late=late_clocks(acts, view.clocks, now=now, unit=view.case.unit),
        known=known,
    )


def _rated(rating: BadRating, case: Case, acts: list[Act], by: Actor) -> Rated:
    if not may_list(case, by):
        rating = replace(rating, why=rating.why and HIDDEN)
    unit = held_by(acts, rating.at, unit=case.unit)
    return Rated(rating=rating, case=case, unit=unit, people=answered_for(acts, rating.at))


def _acts(rows: Iterable[Any]) -> list[Act]:
    return [Act(at=row.at, what=row.what, text=row.text, who=row.who, reason=row.reason) for row in rows]


def _known(actor: Actor) -> str:
    return "，".join([*sorted(actor.units), *sorted(actor.roles)])
