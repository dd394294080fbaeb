"""查红线: the cases of a span of time that crossed one, for supervision; that somebody looked is recorded."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from cases.mandatory import Mandatory
from cases.red_lines import RedLine, crossed
from cases.register import Registered
from cases.roles import Action, Actor
from zhitong.store.engine import writing
from zhitong.store.register import register_lines
from zhitong.store.sight import seen_by
from zhitong.usecases.figures import seen_units
from zhitong.usecases.looking import looked
from zhitong.usecases.suspect_closing import audits


def red_lines(
    engine: Engine,
    lines: tuple[RedLine, ...],
    *,
    by: Actor,
    since: datetime,
    until: datetime,
    now: datetime,
    unit: str = "",
    must: tuple[str, ...] = Mandatory().close,
) -> Iterator[tuple[Registered, tuple[tuple[str, str], ...]]]:
    """The cases begun in [since, until) that crossed one of the lines, oldest first, with what happened to each;
    none that complains of him. must: what a case must tell (必填项).

    Raises NotPermitted, DatabaseGone.
    """
    units = seen_units(by, Action.RED_LINES, unit)
    with writing(engine) as connection:
        looked(connection, by, None, what="红线", now=now)
    sight = seen_by(by, Action.RED_LINES)
    lines_of = register_lines(engine, since=since, until=until, units=units, sight=sight)
    every = (replace(one, records=tuple(kept for kept in one.records if audits(by, kept))) for one in lines_of)
    return ((one, found) for one in every if (found := crossed(one, lines, now=now, must=must)))
