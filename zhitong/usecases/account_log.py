"""账号变动: who made, changed and ended which account, token, code and password, when, and what was before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.store.account_log import account_rows, acts_of_admins, token_rows
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked
from zhitong.usecases.sign_in import FIRST
from zhitong.usecases.staff_codes import CODE


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountChange:
    """One change. who: the administrator's account; login: the user of the machine in whose session he did it."""

    at: datetime
    who: str
    login: str
    text: str


def account_changes(engine: Engine, *, by: Actor, now: datetime) -> list[AccountChange]:
    """All of them, oldest first; that he looked is recorded. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.ACCOUNT_LOG)
    with writing(engine) as connection:
        looked(connection, by, None, what="账号变动", now=now)
        acts = acts_of_admins(connection)
        logins = {(row.at, row.who): row.login for row in acts}
        told = [*_accounts(account_rows(connection)), *_tokens(token_rows(connection))]
        for row in acts:
            told += [
                (row.at, row.who, f"给{row.what.removeprefix(made).strip()}办{made}")
                for made in (CODE, FIRST)
                if row.what.startswith(made)
            ]
    ordered = sorted(told, key=lambda one: one[0])
    return [AccountChange(at=at, who=who, login=logins.get((at, who), ""), text=text) for at, who, text in ordered]


def _accounts(rows: Sequence[Row[Any]]) -> Iterator[tuple[datetime, str, str]]:
    last: dict[str, Row[Any]] = {}
    begun = {(row.name, row.at) for row in rows}
    for row in rows:
        before = last.get(row.name)
        if before is not None and before.ended_at == row.at:
            yield row.at, row.by, f"改账号 {row.name}：{_may(before)} → {_may(row)}"
        else:
            yield row.at, row.by, f"建账号 {row.name}：{_may(row)}"
        if row.ended_at is not None and (row.name, row.ended_at) not in begun:
            yield row.ended_at, row.ended_by, f"停用账号 {row.name}：原来是 {_may(row)}"
        last[row.name] = row


def _may(row: Row[Any]) -> str:
    linked = f"值班表里是 {row.official}" if row.official else ""
    return "，".join(filter(None, ["、".join(row.roles), "、".join(row.units), linked]))


def _tokens(rows: Sequence[Row[Any]]) -> Iterator[tuple[datetime, str, str]]:
    for row in rows:
        until = f"{row.expires_at.astimezone(LOCAL):%Y-%m-%d}"
        yield row.at, row.by, f"办令牌 {row.name}：以 {row.account} 的名义，能{'、'.join(row.scopes)}，到 {until}"
        if row.ended_at is not None:
            yield row.ended_at, row.ended_by, f"停用令牌 {row.name}"
