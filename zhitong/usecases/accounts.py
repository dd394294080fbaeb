"""Accounts (账号): whose name stands for which roles and units. An administrator makes them, never his own.

The first administrator is made once, at the machine, by whoever has set the hotline up.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from cases.accused import NOT_IN_ROSTER
from cases.roles import Action, Actor, Role, permit
from routing.account_names import share_a_name
from zhitong.errors import AccountNotFound, AccountRefused
from zhitong.store.accounts import add_account, all_actors, end_account, get_actor
from zhitong.store.engine import reading, writing
from zhitong.store.records import record_access
from zhitong.store.sign_ins import drop_credentials
from zhitong.store.tokens import end_tokens_of
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import unreadable

SYSTEM = "系统"
AT_THE_MACHINE = "本机用户"
_BEFORE_ACCOUNTS = frozenset(
    {Action.SEE_ROSTER, Action.CHANGE_ROSTER, Action.EXPORT_ROSTER, Action.PUBLISH_ROSTER, Action.TEACH}
)
"""What is done while a hotline is set up, and nobody has an account yet."""
_NEED_UNIT = frozenset({Role.HANDLER, Role.UNIT_HEAD})


def first_admin(engine: Engine, name: str, *, login: str, now: datetime) -> None:
    """Makes the first administrator: only while there is none. login: the user of this machine who does it.

    Raises AccountRefused, DatabaseGone.
    """
    name = " ".join(name.split())
    if fault := _name_fault(name):
        raise AccountRefused(fault)
    by = f"{AT_THE_MACHINE} {login}"[:100]
    with writing(engine) as connection:
        every = all_actors(connection)
        if admins := [one.name for one in every if Role.ADMIN in one.roles]:
            raise AccountRefused(f"已经有管理员：{'、'.join(admins)}；别的账号由管理员建：zhitong account add")
        if any(one.name == name for one in every):
            raise AccountRefused(f"已经有叫 {name!r} 的账号；管理员请用另一个名称，再由他改别的账号")
        add_account(connection, name, roles=[Role.ADMIN], units=[], by=by, at=now)
        record_access(
            connection, at=now, who=by, case_number=None, what=f"第一个管理员 {name}"[:40], unmasked=False, login=login
        )


def while_nobody_administers(engine: Engine, name: str, *, login: str) -> Actor | None:
    """Who sits at the machine, who may see to the roster so long; None: there is an administrator, who makes accounts.

    name: as he says he is called; empty: the user of the machine. Raises DatabaseGone.
    """
    with reading(engine) as connection:
        if any(Role.ADMIN in one.roles for one in all_actors(connection)):
            return None
    name = " ".join(name.split())[:100] or f"{AT_THE_MACHINE} {login}"[:100]
    return Actor(name=name, roles=frozenset({Role.ADMIN}), login=login, scopes=_BEFORE_ACCOUNTS)


def put_account(
    engine: Engine,
    name: str,
    *,
    roles: Collection[Role],
    units: Collection[str],
    known_units: Collection[str],
    by: Actor,
    now: datetime,
    official: str = "",
    known_officials: Collection[str] = (),
) -> None:
    """Makes an account or changes what it may. known_units: the names of those there are.

    official: who that is in the roster, by one of the ids known_officials; NOT_IN_ROSTER: nobody of it; empty: as
    before, for a new account nobody has said: with other roles he is still who he was.

    Supervision and auditors see and do not handle, so those roles stand alone. Nobody gives himself anything.
    Raises AccountRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.ACCOUNTS)
    name = " ".join(name.split())
    faults = list(filter(None, [_name_fault(name)]))
    if not roles:
        faults.append(f"没有写做什么；请用 {'、'.join(Role)}")
    watchers = {Role.SUPERVISION, Role.AUDITOR}.intersection(roles)
    if watchers and len(set(roles)) > 1:
        faults.append(f"{'、'.join(sorted(watchers))}只看不办，不能再有别的角色")
    if _NEED_UNIT.intersection(roles) and not units:
        faults.append("经办和单位负责人要写单位")
    if unknown := sorted(set(units) - set(known_units)):
        faults.append(f"没有叫 {'、'.join(unknown)} 的单位；请写值班表里的单位名称")
    if official and official != NOT_IN_ROSTER and official not in known_officials:
        mend = f"编号看 config/roster.toml 里的 id，值班表里没有他就写 {NOT_IN_ROSTER}"
        faults.append(f"值班表里没有编号 {official!r} 的人（--official）；{mend}")
    if faults:
        raise AccountRefused("；".join(faults))
    with writing(engine) as connection:
        administers(connection, by, what=f"账号 {name}", now=now)
        there = get_actor(connection, name)
        official = official or (there.official if there else "")
        _not_himself(connection, by, name, official, admin=Role.ADMIN in roles)
        add_account(connection, name, roles=roles, units=units, by=by.name, at=now, official=official)


def close_account(engine: Engine, name: str, *, by: Actor, now: datetime) -> None:
    """Nobody acts under this name any more, nor with its tokens and passwords, should another one of this name be made.

    Raises AccountNotFound, AccountRefused, NotPermitted, DatabaseGone.
    """
    permit(by, Action.ACCOUNTS)
    name = " ".join(name.split())
    with writing(engine) as connection:
        administers(connection, by, what=f"停账号 {name}", now=now)
        there = get_actor(connection, name)
        if there is None:
            raise _nobody(name)
        _not_himself(connection, by, name, there.official, admin=False)
        end_account(connection, name, by=by.name, at=now)
        end_tokens_of(connection, name, by=by.name, at=now)
        drop_credentials(connection, name)


def administers(connection: Connection, by: Actor, *, what: str, now: datetime) -> None:
    """He is an administrator still, whoever else was at it meanwhile; that he does this is recorded.

    Raises NotPermitted.
    """
    permit(get_actor(connection, by.name) or replace(by, roles=frozenset()), Action.ACCOUNTS)
    looked(connection, by, None, what=what, now=now)


def actor_named(engine: Engine, name: str, *, login: str = "") -> Actor:
    """Who acts under this name, in the session of this user of the machine. Raises AccountNotFound, DatabaseGone."""
    with reading(engine) as connection:
        found = get_actor(connection, " ".join(name.split()))
    if found is None:
        raise _nobody(name)
    return replace(found, login=login)


def list_accounts(engine: Engine, *, by: Actor, now: datetime) -> list[Actor]:
    """Everybody with an account, by name; that he looked is recorded. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.SEE_ACCOUNTS)
    with writing(engine) as connection:
        looked(connection, by, None, what="账号", now=now)
        return all_actors(connection)


def _name_fault(name: str) -> str:
    if not name or len(name) > 100 or unreadable(name):
        return f"姓名 {name!r} 不行；请写 1 到 100 个字，不要看不见的字符"
    if name == SYSTEM or name.startswith(AT_THE_MACHINE):
        return f"{name!r} 是系统自己在留痕里的名称；请写姓名"
    return ""


def _not_himself(connection: Connection, by: Actor, name: str, official: str, *, admin: bool) -> None:
    """Nobody changes what he himself may: under his name, as the same official, or under a name that sounds like his
    as long as not both have said who they are. So there is always an administrator. admin: the account is one then.
    """
    others = [one for one in all_actors(connection) if Role.ADMIN in one.roles and one.name != name]
    if not others and not admin:
        raise AccountRefused(f"{name}是最后一个管理员；请先建另一个管理员，由他来改")
    known = bool(official and by.official)
    same = official == by.official != NOT_IN_ROSTER if known else share_a_name(name, by.name)
    if name == by.name or same:
        which = "" if name == by.name else f"（{name}看来也是{by.name}；不是同一个人，请给两个账号都写 --official）"
        raise AccountRefused(f"不能给自己建账号、改角色；请另一个管理员来办{which}")


def _nobody(name: str) -> AccountNotFound:
    return AccountNotFound(
        f"没有叫 {name!r} 的账号；请管理员先建：zhitong account add 姓名 --role 角色 --unit 单位"
        "（刚装好、还没有管理员的：zhitong account first 姓名）"
    )
