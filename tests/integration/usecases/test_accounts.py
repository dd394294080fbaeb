"""Accounts: one name, one person; what each may do is asked by every use case."""

import pytest
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.told_calls import MORNING
from zhitong.errors import AccountRefused
from zhitong.usecases.accounts import close_account, list_accounts, put_account


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


def test_with_other_roles_somebody_is_still_whom_the_roster_has(engine: Engine) -> None:
    """Else what complains of him opened up with the next change of his account."""
    given = {"units": (), "known_units": (), "known_officials": {"li", "wu"}, "by": "root", "now": MORNING}
    for role, told, linked in (
        (Role.DESK, "li", "li"),
        (Role.LEADER, "", "li"),
        (Role.LEADER, "wu", "wu"),
    ):
        put_account(engine, "小李", roles=[role], official=told, **given)  # type: ignore[arg-type]
        assert [(one.roles, one.official) for one in list_accounts(engine)] == [({role}, linked)]
    close_account(engine, " 小李", by="root", now=MORNING)
    put_account(engine, "小李", roles=[Role.DESK], **given)  # type: ignore[arg-type]
    assert [one.official for one in list_accounts(engine)] == [""], "somebody else of this name"
