"""超期: the cases of which a clock has run out, those that wait longest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from cases.case import Case
from cases.roles import Action, Actor, may
from zhitong.store.cases import get_cases
from zhitong.store.engine import reading, writing
from zhitong.store.overdue import overdue
from zhitong.usecases.figures import seen_units
from zhitong.usecases.kept import Kept, Wanted
from zhitong.usecases.looking import looked, shown

MOST = 1000
"""So many are told, those that wait longest."""
FRESH = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Overdue:
    """A page of them, each with since when. n: how many there were at counted_at; listed: of how many pages are made.

    Those that who looks may not see, and what was done meanwhile, are left out.
    """

    n: int
    listed: int
    counted_at: datetime
    cases: Sequence[tuple[datetime, Case]]


def overdue_cases(
    engine: Engine, kept: Kept, *, by: Actor, now: datetime, unit: str = "", start: int = 0, limit: int = 50
) -> Overdue | None:
    """From the start-th on, of one unit or of all that he may see; None: they are being looked for. That he looked is
    recorded.

    Raises NotPermitted, DatabaseGone.
    """
    units = seen_units(by, Action.SEE, unit)
    with writing(engine) as connection:
        looked(connection, by, None, what="超期", now=now)
    make = partial(_found, engine, now, units)
    (held,) = kept.ask([Wanted(key=("overdue", units), make=make, fresh=FRESH)], now=now)
    if held is None:
        return None
    n, found = held.value
    some = found[max(0, start) : max(0, start) + limit]
    with reading(engine) as connection:
        cases = get_cases(connection, [number for _, number in some])
    told = [(at, cases[number]) for at, number in some if number in cases]
    mine = [(at, shown(case, by)) for at, case in told if may(by, Action.SEE, case)]
    return Overdue(n=n, listed=len(found), counted_at=held.at, cases=mine)


def _found(engine: Engine, now: datetime, units: frozenset[str] | None) -> tuple[int, list[tuple[datetime, str]]]:
    with reading(engine) as connection:
        return overdue(connection, now=now, units=units, limit=MOST)
