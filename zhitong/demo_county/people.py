"""Who works in the county that does not exist: an account for every role, for every unit of the roster its two."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from cases.accused import NOT_IN_ROSTER
from cases.roles import Actor, Role
from routing.directory import Directory
from zhitong.usecases.accounts import actor_named, first_admin, put_account
from zhitong.usecases.sign_in import first_password

ADMIN = "演示管理员"
WEB = "演示网站"


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """Everybody who acts. handlers, heads: by the name of their unit. signing_in: one account of each role that signs
    in to the console."""

    admin: Actor
    desk: Actor
    leader: Actor
    supervision: Actor
    auditor: Actor
    screen: Actor
    web: Actor
    handlers: dict[str, Actor]
    heads: dict[str, Actor]

    @property
    def signing_in(self) -> Iterator[Actor]:
        """In the order in which a case meets them."""
        unit = next(iter(self.handlers))
        yield from (self.desk, self.handlers[unit], self.heads[unit], self.leader, self.supervision, self.auditor)
        yield from (self.admin, self.screen)


def make_people(engine: Engine, directory: Directory, *, login: str, now: datetime) -> People:
    """Makes the accounts. login: the user of this machine. Raises AccountRefused where there is one of these names."""
    units = [unit.name for unit in directory.units if unit.matters]
    units += [unit.name for unit in directory.units if not unit.matters]
    first_admin(engine, ADMIN, login=login, now=now)
    admin = actor_named(engine, ADMIN)

    def one(name: str, role: Role, unit: str = "") -> Actor:
        put_account(
            engine,
            name,
            roles=[role],
            units=[unit] if unit else [],
            known_units=units,
            by=admin,
            now=now,
            official=NOT_IN_ROSTER,
        )
        return actor_named(engine, name)

    return People(
        admin=admin,
        desk=one("演示受理台", Role.DESK),
        leader=one("演示领导", Role.LEADER),
        supervision=one("演示督查", Role.SUPERVISION),
        auditor=one("演示审计", Role.AUDITOR),
        screen=one("演示大屏", Role.SCREEN),
        web=one(WEB, Role.CHANNEL),
        handlers={unit: one(f"{unit}演示经办", Role.HANDLER, unit) for unit in units},
        heads={unit: one(f"{unit}演示负责人", Role.UNIT_HEAD, unit) for unit in units},
    )


def passwords_of(engine: Engine, people: People, *, now: datetime) -> list[tuple[Actor, str]]:
    """A first password for one account of each role: told this once."""
    return [(one, first_password(engine, one.name, by=people.admin, now=now)) for one in people.signing_in]
