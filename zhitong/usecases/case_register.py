"""导出登记簿: the lines of the register for somebody who may see them; that he took them along is recorded."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from cases.register import Registered
from cases.roles import Action, Actor, Role, may, permit
from ivr.script import is_secret
from routing.directory import Directory
from routing.phone import mask
from zhitong.people_heard import accused
from zhitong.store.engine import writing
from zhitong.store.register import register_lines
from zhitong.store.sight import seen_by
from zhitong.usecases.figures import seen_units
from zhitong.usecases.looking import looked


def case_register(
    engine: Engine,
    *,
    by: Actor,
    since: datetime,
    until: datetime,
    now: datetime,
    directory: Directory,
    unit: str = "",
    channel: str = "",
    full_numbers: bool = False,
) -> Iterator[Registered]:
    """The cases begun in [since, until) of one unit, or of all that he may see, oldest first, read one by one.

    Numbers are masked unless he may have them in full and wants to. Who called and what was said in what is secret is
    for supervision alone, and kept from those whom it complains of. Permission and the record of the look come with
    the call, not with the first line. Raises NotPermitted, DatabaseGone.
    """
    units = seen_units(by, Action.REGISTER, unit)
    if full_numbers:
        permit(by, Action.FULL_NUMBERS)
    with writing(engine) as connection:
        looked(connection, by, None, what="登记簿", now=now, unmasked=full_numbers)
    sight = seen_by(by, Action.REGISTER)
    lines = register_lines(engine, since=since, until=until, units=units, channel=channel, sight=sight)
    return (_shown(one, by, directory, full_numbers=full_numbers) for one in lines)


def _shown(one: Registered, by: Actor, directory: Directory, *, full_numbers: bool) -> Registered:
    case = one.case
    said = f"{case.demand}\n{case.transcript}"
    secret = case.secrecy != "" or is_secret(case.type, said)
    hidden = Role.SUPERVISION not in by.roles and (secret or _complains_of(by, said, case.type, directory))
    hidden = hidden or not may(by, Action.HEAR, case)
    return replace(one, secret=hidden, case=case if full_numbers else replace(case, caller=mask(case.caller)))


def _complains_of(by: Actor, said: str, type: str, directory: Directory) -> bool:
    found = accused(said, directory, complains=type in ("投诉", "举报"))
    if not found:
        return False
    people = [one for id in found.officials if (one := directory.roster.official(id)) is not None]
    units = {directory.unit(code).name for code in (*found.units, *(one.unit for one in people))}
    himself = any(one.id == by.official if by.official else one.name in by.name for one in people)
    return himself or bool(units & by.units)
