"""An administrator, as a new installation gets one."""

from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Actor, Role
from zhitong.store.accounts import all_actors
from zhitong.store.engine import reading
from zhitong.usecases.accounts import actor_named, first_admin

ADMIN = "管理员方芳"


def admin(engine: Engine, now: datetime) -> Actor:
    """The administrator of this database, made when there is none."""
    with reading(engine) as connection:
        there = any(Role.ADMIN in one.roles for one in all_actors(connection))
    if not there:
        first_admin(engine, ADMIN, login="root", now=now)
    return actor_named(engine, ADMIN, login="root")
