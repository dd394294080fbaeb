"""Who looks at the duty roster: a unit's days with what is wrong in them, and what is wrong in the whole county."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit, units_of
from routing.checks import Finding, check_roster, check_unit
from routing.directory import Directory
from routing.duty_spans import UnitSpan, unit_spans
from routing.officials import Unit
from routing.router import Timing
from zhitong.store.engine import reading, writing
from zhitong.store.proofs import proven_numbers
from zhitong.usecases.dead_numbers import dead_numbers
from zhitong.usecases.roster_rights import acted, permit_units

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitDays:
    """A unit's days. spans: who is on duty; findings: what is wrong from the moment of the look on."""

    unit: Unit
    spans: Sequence[UnitSpan]
    findings: Sequence[Finding]


def see_unit(
    engine: Engine, directory: Directory, unit: str, start: datetime, end: datetime, *, by: Actor, now: datetime
) -> UnitDays:
    """Who is on duty in the unit in [start, end); that he looked is recorded. What is over is not searched for faults.

    Raises NotPermitted, DatabaseGone; KeyError for a unit that is not in the directory.
    """
    permit(by, Action.SEE_ROSTER)
    there = directory.unit(unit)
    permit_units(by, Action.SEE_ROSTER, [there.name])
    with writing(engine) as connection:
        acted(connection, by, f"看值班安排 {there.name}", now)
    since = max(start, now)
    findings = check_unit(directory, unit, since, days=(end - since) / _DAY) if since < end else []
    return UnitDays(unit=there, spans=unit_spans(directory.roster, unit, start, end), findings=findings)


def units_seen(directory: Directory, by: Actor) -> tuple[Unit, ...]:
    """The units whose days he may see, in the order of the directory."""
    own = units_of(by, Action.SEE_ROSTER)
    return tuple(unit for unit in directory.units if own is None or unit.name in own)


def see_findings(
    engine: Engine,
    directory: Directory,
    *,
    by: Actor,
    now: datetime,
    days: float,
    dead_calls: int,
    timing: Timing,
    languages: Iterable[str],
) -> list[Finding]:
    """`roster_findings` of the whole county, for somebody who may see all of it. Raises NotPermitted, DatabaseGone."""
    permit_units(by, Action.SEE_ROSTER, None)
    with writing(engine) as connection:
        acted(connection, by, "看值班表的空档和冲突", now)
    return roster_findings(engine, directory, now, days=days, dead_calls=dead_calls, timing=timing, languages=languages)


def roster_findings(
    engine: Engine,
    directory: Directory,
    now: datetime,
    *,
    days: float,
    dead_calls: int,
    timing: Timing,
    languages: Iterable[str],
) -> list[Finding]:
    """Everything that is wrong in the coming days, also with telephones. dead_calls: so many in a row that did not
    ring make a number dead. Raises DatabaseGone."""
    with reading(engine) as connection:
        proven, dead = proven_numbers(connection), dead_numbers(connection, calls=dead_calls)
    return check_roster(directory, now, days=days, proven=proven, dead=dead, timing=timing, languages=languages)
