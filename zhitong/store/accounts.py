"""Accounts: who may do what with cases."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from cases.roles import Actor, Role
from zhitong.store.case_records import cases_helped
from zhitong.store.tables import accounts


def add_account(
    connection: Connection,
    name: str,
    *,
    roles: Collection[Role],
    units: Collection[str],
    by: str,
    at: datetime,
    official: str = "",
) -> None:
    """Makes an account; one of that name ends: what somebody could do before stays on record."""
    end_account(connection, name, by=by, at=at)
    row = {"name": name, "roles": sorted(roles), "units": sorted(units), "at": at, "by": by, "ended_by": ""}
    connection.execute(accounts.insert(), row | {"official": official})


def end_account(connection: Connection, name: str, *, by: str, at: datetime) -> bool:
    """Nobody acts under this name any more; False when nobody did."""
    ended = connection.execute(
        accounts.update().where(accounts.c.name == name, accounts.c.ended_at.is_(None)).values(ended_at=at, ended_by=by)
    )
    return bool(ended.rowcount)


def get_actor(connection: Connection, name: str) -> Actor | None:
    """Who acts under this name, with the cases that he helps with; None: nobody, or not any more."""
    row = connection.execute(
        select(accounts).where(accounts.c.name == name, accounts.c.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    actor = _actor(row)
    return replace(actor, helps=cases_helped(connection, {actor.name, *actor.units}))


def official_of(connection: Connection, name: str) -> str | None:
    """Whom the account of this name, or the last one that there was, is linked to; None: there never was one."""
    query = select(accounts.c.official).where(accounts.c.name == name).order_by(accounts.c.id.desc()).limit(1)
    found = connection.scalar(query)
    return None if found is None else str(found)


def all_actors(connection: Connection) -> list[Actor]:
    """Everybody with an account, by name."""
    query = select(accounts).where(accounts.c.ended_at.is_(None)).order_by(accounts.c.name)
    return [_actor(row) for row in connection.execute(query)]


def _actor(row: Row[Any]) -> Actor:
    return Actor(
        name=row.name, roles=frozenset(map(Role, row.roles)), units=frozenset(row.units), official=row.official
    )
