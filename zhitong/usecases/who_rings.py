"""预演 at a desk: what is known of the moment, and of a caller, that decides whose telephone would ring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor
from routing.directory import Directory
from routing.phone import dialled_back
from zhitong.store.engine import writing
from zhitong.store.surges import SurgeRow, surges_not_ended
from zhitong.usecases.handler import look_up_handler
from zhitong.usecases.mark_caller import marked_numbers
from zhitong.usecases.roster_rights import acted, permit_units


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownBefore:
    """surges: those not ended, with how many cases each has. handler, marked: as `dry_run` asks them."""

    surges: Sequence[tuple[SurgeRow, int]]
    handler: str = ""
    marked: bool = False


def known_before(
    engine: Engine, directory: Directory, *, caller: str, area_code: str, at: datetime, by: Actor, now: datetime
) -> KnownBefore:
    """For somebody who may see the whole county's roster, for whoever is rung may be of any unit.

    caller: a citizen's number, which only they may try who may hear what is his; empty: anybody's. That he tries is
    recorded. Raises NotPermitted, DatabaseGone.
    """
    permit_units(by, Action.SEE_ROSTER, None)
    with writing(engine) as connection:
        acted(connection, by, "预演：会打给谁", now)
        surges = surges_not_ended(connection)
    if not caller:
        return KnownBefore(surges=surges)
    handler = look_up_handler(engine, caller=caller, directory=directory, area_code=area_code, by=by, now=now)
    return KnownBefore(
        surges=surges, handler=handler, marked=dialled_back(caller, area_code) in marked_numbers(engine, at)
    )
