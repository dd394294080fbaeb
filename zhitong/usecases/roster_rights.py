"""Whose part of the duty roster somebody may change: the table of roles, by the units that it is about."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from cases.roles import Action, Actor, NotPermitted, permit, units_of
from routing.directory import Directory
from zhitong.usecases.looking import looked


def permit_units(by: Actor, action: Action, units: Iterable[str] | None) -> None:
    """Raises NotPermitted unless he may do this for all these units, by name; None: it is about the whole county."""
    permit(by, action)
    own = units_of(by, action)
    if own is None:
        return
    if units is None:
        raise NotPermitted(f"{by.name}只能{action}里本单位的；这一项是全县的，请找受理台或管理员")
    if others := sorted(set(units) - own):
        told = "、".join(others)
        raise NotPermitted(f"{by.name}只能{action}里本单位的，{told}的不行；请找那个单位、受理台或管理员")


def units_of_people(directory: Directory, ids: Iterable[str]) -> frozenset[str]:
    """The names of the units that these officials belong to; who is not in the directory belongs to one of no name."""
    found = (directory.roster.official(id) for id in ids)
    return frozenset(directory.unit(one.unit).name if one else "名单以外的人" for one in found)


def acted(connection: Connection, by: Actor, what: str, now: datetime) -> None:
    """Who did this to the roster, and in whose session of this machine: the change itself has his name alone."""
    looked(connection, by, None, what=what, now=now)
