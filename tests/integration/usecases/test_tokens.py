"""Tokens: told once, kept as digests, never more than their accounts; ended, they end at once."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.roles import Action, NotPermitted, Role, permit
from tests.fakes.admin import admin
from tests.fakes.told_calls import MORNING
from zhitong.errors import TokenRefused, TokenUnknown
from zhitong.store.engine import reading
from zhitong.store.tables import api_tokens
from zhitong.usecases.accounts import close_account, put_account
from zhitong.usecases.tokens import holder_of, keep_used, list_tokens, new_token, revoke_token

NOW = MORNING
BOTH = frozenset({Action.INTAKE, Action.STATUS})


@pytest.fixture
def office(engine: Engine) -> Engine:
    put_account(engine, "微信公众号", roles=[Role.CHANNEL], units=[], known_units=[], by=admin(engine, NOW), now=NOW)
    return engine


def token(engine: Engine, name: str = "小程序", **how: object) -> str:
    told = {"account": "微信公众号", "scopes": BOTH, "days": 90, "by": admin(engine, NOW), "now": NOW} | how
    return new_token(engine, name, **told)  # type: ignore[arg-type]


def test_its_holder_acts_in_the_name_of_the_account_with_its_scopes(office: Engine) -> None:
    told = token(office, scopes=frozenset({Action.STATUS}))
    holder = holder_of(office, told, now=NOW)
    assert (holder.name, holder.actor.name) == ("小程序", "微信公众号")
    permit(holder.actor, Action.STATUS)
    with pytest.raises(NotPermitted):
        permit(holder.actor, Action.INTAKE)
    with reading(office) as connection:
        row = connection.execute(api_tokens.select()).one()
    assert told not in str(row) and told.removeprefix("zt_") not in str(row) and len(row.digest) == 64


@pytest.mark.parametrize(
    ("how", "mend"),
    [
        ({"account": "没有的"}, "没有叫 '没有的' 的账号"),
        ({"scopes": frozenset()}, "没有写能做什么"),
        ({"scopes": frozenset({Action.SEE, Action.INTAKE})}, "自己就不能查看"),
        ({"days": 0}, "天数是 0"),
        ({"days": 1000}, "天数是 1000"),
        ({"name": " "}, "名称"),
    ],
)
def test_what_cannot_be_given_is_refused_with_the_mend(office: Engine, how: dict[str, object], mend: str) -> None:
    with pytest.raises(TokenRefused, match=mend):
        token(office, **how)
    assert list_tokens(office, by=admin(office, NOW), now=NOW) == []


def test_it_ends_by_its_date_by_a_word_and_with_its_account(office: Engine) -> None:
    first = token(office)
    with pytest.raises(TokenRefused, match="已经有叫"):
        token(office)
    holder_of(office, first, now=NOW + timedelta(days=90) - timedelta(seconds=1))
    with pytest.raises(TokenUnknown):
        holder_of(office, first, now=NOW + timedelta(days=90))
    revoke_token(office, "小程序", by=admin(office, NOW), now=NOW)
    with pytest.raises(TokenUnknown):
        holder_of(office, first, now=NOW)
    with pytest.raises(TokenRefused, match="没有叫"):
        revoke_token(office, "小程序", by=admin(office, NOW), now=NOW)
    second = token(office)
    assert second != first
    close_account(office, "微信公众号", by=admin(office, NOW), now=NOW)
    with pytest.raises(TokenUnknown):
        holder_of(office, second, now=NOW)
    put_account(office, "微信公众号", roles=[Role.CHANNEL], units=[], known_units=[], by=admin(office, NOW), now=NOW)
    with pytest.raises(TokenUnknown):
        holder_of(office, second, now=NOW)


@pytest.mark.parametrize("told", ["", "zt_", "zt_x", "Bearer", "\x00"])
def test_nobodys_token_opens_nothing(office: Engine, told: str) -> None:
    with pytest.raises(TokenUnknown):
        holder_of(office, told, now=NOW)


def test_an_account_that_lost_a_right_takes_it_from_its_tokens(office: Engine) -> None:
    told = token(office)
    put_account(office, "微信公众号", roles=[Role.AUDITOR], units=[], known_units=[], by=admin(office, NOW), now=NOW)
    with pytest.raises(NotPermitted):
        permit(holder_of(office, told, now=NOW).actor, Action.INTAKE)


def test_when_it_was_used_last_is_written_down(office: Engine) -> None:
    token(office)
    (row,) = list_tokens(office, by=admin(office, NOW), now=NOW)
    assert row.used_at is None
    keep_used(office, {row.id: NOW})
    keep_used(office, {})
    (row,) = list_tokens(office, by=admin(office, NOW), now=NOW)
    assert row.used_at == NOW
