"""Accounts (账号): whose name stands for which roles and units. Made at the machine itself, or by an administrator."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Actor, Role
from zhitong.errors import AccountNotFound, AccountRefused
from zhitong.store.accounts import add_account, all_actors, end_account, get_actor
from zhitong.store.engine import reading, writing
from zhitong.store.tokens import end_tokens_of
from zhitong.usecases.moving import unreadable

SYSTEM = "系统"
_NEED_UNIT = frozenset({Role.HANDLER, Role.UNIT_HEAD})


def put_account(
    engine: Engine,
    name: str,
    *,
    roles: Collection[Role],
    units: Collection[str],
    known_units: Collection[str],
    by: str,
    now: datetime,
    official: str = "",
    known_officials: Collection[str] = (),
) -> None:
    """Makes an account or changes what it may. known_units: the names of those there are.

    official: who that is in the roster, by one of the ids known_officials; empty: as before, for a new
    account nobody of it, or nobody has said: with other roles he is still who he was.

    Supervision and auditors see and do not handle, so those roles stand alone. Raises AccountRefused, DatabaseGone.
    """
    name = " ".join(name.split())
    faults = []
    if not name or len(name) > 100 or unreadable(name):
        faults.append(f"姓名 {name!r} 不行；请写 1 到 100 个字，不要看不见的字符")
    elif name == SYSTEM:
        faults.append(f"{name!r} 是系统自己在留痕里的名称；请写姓名")
    if not roles:
        faults.append(f"没有写做什么；请用 {'、'.join(Role)}")
    watchers = {Role.SUPERVISION, Role.AUDITOR}.intersection(roles)
    if watchers and len(set(roles)) > 1:
        faults.append(f"{'、'.join(sorted(watchers))}只看不办，不能再有别的角色")
    if _NEED_UNIT.intersection(roles) and not units:
        faults.append("经办和单位负责人要写单位")
    if unknown := sorted(set(units) - set(known_units)):
        faults.append(f"没有叫 {'、'.join(unknown)} 的单位；请写值班表里的单位名称")
    if official and official not in known_officials:
        faults.append(f"值班表里没有编号 {official!r} 的人（--official）；编号看 config/roster.toml 里的 id")
    if faults:
        raise AccountRefused("；".join(faults))
    with writing(engine) as connection:
        there = get_actor(connection, name)
        official = official or (there.official if there else "")
        add_account(connection, name, roles=roles, units=units, by=by, at=now, official=official)


def close_account(engine: Engine, name: str, *, by: str, now: datetime) -> None:
    """Nobody acts under this name any more, nor with its tokens, should another one of this name be made.

    Raises AccountNotFound, DatabaseGone.
    """
    name = " ".join(name.split())
    with writing(engine) as connection:
        if not end_account(connection, name, by=by, at=now):
            raise _nobody(name)
        end_tokens_of(connection, name, by=by, at=now)


def actor_named(engine: Engine, name: str, *, login: str = "") -> Actor:
    """Who acts under this name, in the session of this user of the machine. Raises AccountNotFound, DatabaseGone."""
    with reading(engine) as connection:
        found = get_actor(connection, " ".join(name.split()))
    if found is None:
        raise _nobody(name)
    return replace(found, login=login)


def list_accounts(engine: Engine) -> list[Actor]:
    """Everybody with an account, by name. Raises DatabaseGone."""
    with reading(engine) as connection:
        return all_actors(connection)


def _nobody(name: str) -> AccountNotFound:
    return AccountNotFound(f"没有叫 {name!r} 的账号；请管理员先建：zhitong account add 姓名 --role 角色 --unit 单位")
