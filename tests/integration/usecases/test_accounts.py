"""Accounts: one name, one person; what each may do is asked by every use case, and an administrator alone says it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from cases.accused import NOT_IN_ROSTER
from cases.roles import Action, Actor, NotPermitted, Role
from tests.fakes.admin import ADMIN, admin
from tests.fakes.told_calls import MORNING
from zhitong.errors import AccountNotFound, AccountRefused
from zhitong.store.accounts import add_account
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.tables import ACTS
from zhitong.usecases.account_log import account_changes
from zhitong.usecases.accounts import actor_named, close_account, first_admin, list_accounts, put_account
from zhitong.usecases.staff_codes import new_code
from zhitong.usecases.tokens import list_tokens, new_token, revoke_token

LATER = MORNING + timedelta(hours=1)


def put(engine: Engine, name: str, *roles: Role, by: Actor | None = None, **how: Any) -> None:
    told = {"units": (), "known_units": {"水务局"}, "known_officials": {"li", "wu"}, "now": MORNING} | how
    put_account(engine, name, roles=roles, by=by or admin(engine, MORNING), **told)


def others(engine: Engine) -> list[Actor]:
    return [one for one in list_accounts(engine, by=admin(engine, MORNING), now=MORNING) if one.name != ADMIN]


@pytest.mark.parametrize("name", ["", "名" * 101, "李\u200b强", "李强\udcff", "系统", "本机用户 root"])
def test_a_name_that_reads_like_another_one_is_none(engine: Engine, name: str) -> None:
    with pytest.raises(AccountRefused, match="姓名"):
        first_admin(engine, name, login="root", now=MORNING)
    with pytest.raises(AccountRefused, match="姓名"):
        put(engine, name, Role.LEADER)
    assert others(engine) == []


def test_a_name_is_one_account_however_it_is_spaced(engine: Engine) -> None:
    for name, role in (("李强", Role.DESK), (" 李强 ", Role.LEADER)):
        put(engine, name, role)
    (actor,) = others(engine)
    assert actor.roles == {Role.LEADER}


def test_with_other_roles_somebody_is_still_whom_the_roster_has(engine: Engine) -> None:
    """Else what complains of him opened up with the next change of his account."""
    for role, told, linked in (
        (Role.DESK, "li", "li"),
        (Role.LEADER, "", "li"),
        (Role.LEADER, "wu", "wu"),
        (Role.LEADER, NOT_IN_ROSTER, NOT_IN_ROSTER),
    ):
        put(engine, "小李", role, official=told)
        assert [(one.roles, one.official) for one in others(engine)] == [({role}, linked)]
    close_account(engine, " 小李", by=admin(engine, MORNING), now=MORNING)
    put(engine, "小李", Role.DESK)
    assert [one.official for one in others(engine)] == [""], "somebody else of this name"


# ── administrators ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_administrator_is_made_once_and_by_whom_is_recorded(engine: Engine) -> None:
    with pytest.raises(AccountNotFound, match="zhitong account first"):
        actor_named(engine, "王芳")
    first_admin(engine, "王芳", login="wang", now=MORNING)
    with pytest.raises(AccountRefused, match="已经有管理员：王芳"):
        first_admin(engine, "张三", login="zhang", now=MORNING)
    (change,) = account_changes(engine, by=actor_named(engine, "王芳"), now=LATER)
    assert (change.at, change.who, change.login) == (MORNING, "本机用户 wang", "wang")
    assert change.text == "建账号 王芳：管理员"


def test_an_account_that_there_is_already_is_not_made_an_administrator_at_the_machine(engine: Engine) -> None:
    with writing(engine) as connection:
        add_account(connection, "王芳", roles=[Role.LEADER], units=[], by="x", at=MORNING)
    with pytest.raises(AccountRefused, match="已经有叫 '王芳' 的账号"):
        first_admin(engine, "王芳", login="wang", now=MORNING)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_nobody_else_makes_changes_or_ends_accounts_tokens_and_codes(engine: Engine, role: Role, tmp_path: Any) -> None:
    put(engine, "小周", Role.CHANNEL)
    by = Actor(name="张三", roles=frozenset({role}), units=frozenset({"水务局"}))
    token: dict[str, Any] = {"account": "小周", "scopes": [Action.INTAKE], "days": 1, "by": by, "now": MORNING}
    for attempt in (
        lambda: put(engine, "李强", Role.LEADER, by=by),
        lambda: close_account(engine, "小周", by=by, now=MORNING),
        lambda: new_token(engine, "小程序", **token),
        lambda: revoke_token(engine, "小程序", by=by, now=MORNING),
        lambda: new_code(engine, tmp_path, "li", by=by, now=MORNING),
    ):
        with pytest.raises(NotPermitted, match="可以的是：管理员"):
            attempt()
    assert [one.name for one in others(engine)] == ["小周"]


def test_who_was_an_administrator_a_moment_ago_is_none_any_more(engine: Engine) -> None:
    put(engine, "管理员乙强", Role.ADMIN)
    before = actor_named(engine, "管理员乙强")
    close_account(engine, "管理员乙强", by=admin(engine, MORNING), now=MORNING)
    for attempt in (lambda: put(engine, "李强", Role.LEADER, by=before), lambda: _end(engine, ADMIN, before)):
        with pytest.raises(NotPermitted):
            attempt()


def _end(engine: Engine, name: str, by: Actor) -> None:
    close_account(engine, name, by=by, now=MORNING)


@pytest.mark.parametrize(
    ("mine", "name", "official", "own"),
    [
        ("", ADMIN, "", True),
        ("", "副局长方芳", "", True),  # what sounds like him, and nobody has said who that is
        ("", "副局长方芳", "li", True),
        ("li", "副局长方芳", "wu", False),
        ("li", "分管领导", "li", True),
        (NOT_IN_ROSTER, "林业局方芳", NOT_IN_ROSTER, False),
        ("", "副局长李强", "", False),
    ],
)
def test_nobody_gives_himself_a_role_under_whatever_name(
    engine: Engine, mine: str, name: str, official: str, own: bool
) -> None:
    put(engine, "系统管理员周全", Role.ADMIN)
    put(engine, ADMIN, Role.ADMIN, by=actor_named(engine, "系统管理员周全"), official=mine)
    if not own:
        put(engine, name, Role.LEADER, official=official)
        return
    with pytest.raises(AccountRefused, match="不能给自己"):
        put(engine, name, Role.LEADER, official=official)


def test_the_last_administrator_stays_one(engine: Engine) -> None:
    for attempt in (lambda: _end(engine, ADMIN, admin(engine, MORNING)), lambda: put(engine, ADMIN, Role.LEADER)):
        with pytest.raises(AccountRefused, match="最后一个管理员"):
            attempt()
    put(engine, "系统管理员周全", Role.ADMIN)
    with pytest.raises(AccountRefused, match="不能给自己"):
        _end(engine, ADMIN, admin(engine, MORNING))
    _end(engine, "系统管理员周全", admin(engine, MORNING))
    assert others(engine) == []


def test_every_change_is_listed_with_who_when_and_what_was_before_for_auditors(engine: Engine, tmp_path: Any) -> None:
    by = admin(engine, MORNING)
    put(engine, "王明", Role.UNIT_HEAD, units=["水务局"], now=MORNING + timedelta(minutes=1))
    put(engine, "王明", Role.LEADER, official="wu", now=MORNING + timedelta(minutes=2))
    put(engine, "小程序账号", Role.CHANNEL, now=MORNING + timedelta(minutes=3))
    scopes = frozenset({Action.INTAKE})
    new_token(engine, "小程序", account="小程序账号", scopes=scopes, days=1, by=by, now=MORNING + timedelta(minutes=4))
    close_account(engine, "小程序账号", by=by, now=MORNING + timedelta(minutes=5))
    new_code(engine, tmp_path, "wu", by=by, now=MORNING + timedelta(minutes=6))
    auditor = Actor(name="审计周正", roles=frozenset({Role.AUDITOR}))
    found = account_changes(engine, by=auditor, now=LATER)
    assert [(one.at - MORNING).total_seconds() // 60 for one in found] == [0, 1, 2, 3, 4, 5, 5, 6]
    assert [one.text for one in found[1:]] == [
        "建账号 王明：单位负责人，水务局",
        "改账号 王明：单位负责人，水务局 → 领导，值班表里是 wu",
        "建账号 小程序账号：渠道",
        "办令牌 小程序：以 小程序账号 的名义，能来件，到 2025-09-12",
        "停用账号 小程序账号：原来是 渠道",
        "停用令牌 小程序",
        "给wu办工作密码",
    ]
    assert {(one.who, one.login) for one in found[1:]} == {(ADMIN, "root")}
    with reading(engine) as connection:
        assert accesses_to(connection, None)[-1].who == auditor.name, "that he looked is recorded, too"
    for role in (Role.DESK, Role.LEADER, Role.SUPERVISION, Role.HANDLER):
        with pytest.raises(NotPermitted):
            account_changes(engine, by=replace(auditor, roles=frozenset({role})), now=LATER)
        with pytest.raises(NotPermitted):
            list_tokens(engine, by=replace(auditor, roles=frozenset({role})), now=LATER)


def test_what_administrators_did_is_found_by_its_index_among_millions_of_looks(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("a small table of PostgreSQL is read whole")
    with reading(engine) as connection:
        query = f"EXPLAIN QUERY PLAN SELECT * FROM accesses WHERE {ACTS} ORDER BY id"
        plan = " ".join(str(row) for row in connection.execute(text(query)))
    assert "ix_accesses_acts" in plan, plan
