"""Accounts: one name, one person; what each may do is asked by every use case."""

import pytest
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.told_calls import MORNING
from zhitong.errors import AccountRefused
from zhitong.usecases.accounts import list_accounts, put_account


@pytest.mark.parametrize("name", ["", "名" * 101, "李\u200b强", "李强\udcff", "系统"])
def test_a_name_that_reads_like_another_one_is_none(engine: Engine, name: str) -> None:
    with pytest.raises(AccountRefused, match="姓名"):
        put_account(engine, name, roles=[Role.LEADER], units=(), known_units=(), by="root", now=MORNING)
    assert list_accounts(engine) == []


def test_a_name_is_one_account_however_it_is_spaced(engine: Engine) -> None:
    for name, role in (("李强", Role.DESK), (" 李强 ", Role.LEADER)):
        put_account(engine, name, roles=[role], units=(), known_units=(), by="root", now=MORNING)
    (actor,) = list_accounts(engine)
    assert actor.roles == {Role.LEADER}
