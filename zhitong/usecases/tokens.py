"""令牌: with one a program acts in the name of an account, and may what both that and the token's scopes allow."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.roles import Action, Actor, may, permit
from zhitong.errors import TokenRefused, TokenUnknown
from zhitong.store.accounts import get_actor
from zhitong.store.engine import reading, writing
from zhitong.store.tokens import TokenRow, add_token, all_tokens, end_token, put_used, token_in_use, token_with
from zhitong.usecases.accounts import administers
from zhitong.usecases.looking import looked
from zhitong.usecases.moving import unreadable

PREFIX = "zt_"
"""So that a token that got somewhere else is known for what it is."""
TOKEN_BYTES = 32
"""Random bytes: 256 bits cannot be guessed, so the digest needs no key and no salt."""
LONGEST_DAYS = 731


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who acts with a token: the account with the token's scopes; id, name: of the token."""

    id: int
    name: str
    actor: Actor


def new_token(
    engine: Engine, name: str, *, account: str, scopes: Collection[Action], days: int, by: Actor, now: datetime
) -> str:
    """A new token, told this once, kept as a digest. Raises TokenRefused, NotPermitted, DatabaseGone."""
    permit(by, Action.ACCOUNTS)
    name = " ".join(name.split())
    faults = []
    if not name or len(name) > 100 or unreadable(name):
        faults.append(f"名称 {name!r} 不行；请写 1 到 100 个字，不要看不见的字符")
    if not scopes:
        faults.append(f"没有写能做什么；请用 --scope，如 {Action.INTAKE}、{Action.STATUS}")
    if not 1 <= days <= LONGEST_DAYS:
        faults.append(f"天数是 {days}；请写 1 到 {LONGEST_DAYS}，到期再办新的")
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with writing(engine) as connection:
        administers(connection, by, what=f"令牌 {name}", now=now)
        actor = get_actor(connection, " ".join(account.split()))
        if actor is None:
            faults.append(f"没有叫 {account!r} 的账号；先建：zhitong account add 姓名 --role 渠道")
        elif idle := [scope for scope in scopes if not may(actor, scope)]:
            faults.append(f"{actor.name} 自己就不能{'、'.join(sorted(idle))}；请改 --scope，或先改账号的角色")
        if token_in_use(connection, name):
            faults.append(f"已经有叫 {name!r} 的令牌；先停用它，或者换个名称")
        if faults or actor is None:
            raise TokenRefused("；".join(faults))
        add_token(
            connection,
            name,
            account=actor.name,
            scopes=scopes,
            digest=_digest(token),
            by=by.name,
            at=now,
            expires_at=now + timedelta(days=days),
        )
    return token


def revoke_token(engine: Engine, name: str, *, by: Actor, now: datetime) -> None:
    """Nobody acts with it from this moment on. Raises TokenRefused when there is none, NotPermitted, DatabaseGone."""
    permit(by, Action.ACCOUNTS)
    with writing(engine) as connection:
        administers(connection, by, what=f"停令牌 {name}", now=now)
        if not end_token(connection, " ".join(name.split()), by=by.name, at=now):
            raise TokenRefused(f"没有叫 {name!r} 的令牌在用；有哪些，看 zhitong token list")


def list_tokens(engine: Engine, *, by: Actor, now: datetime) -> list[TokenRow]:
    """The tokens that were not ended, by name; that he looked is recorded. Raises NotPermitted, DatabaseGone."""
    permit(by, Action.ACCOUNT_LOG)
    with writing(engine) as connection:
        looked(connection, by, None, what="令牌", now=now)
        return all_tokens(connection)


def holder_of(engine: Engine, token: str, *, now: datetime) -> Holder:
    """Who acts with this token now; looked up each time, so that what was ended ends at once.

    Raises TokenUnknown, DatabaseGone.
    """
    unknown = TokenUnknown("令牌不认识、停用了或者过期了；请管理员另办：zhitong token add")
    if not token.startswith(PREFIX):
        raise unknown
    with reading(engine) as connection:
        found = token_with(connection, _digest(token))
        if found is None or found.ended_at is not None or found.expires_at <= now:
            raise unknown
        actor = get_actor(connection, found.account)
    if actor is None:
        raise unknown
    return Holder(id=found.id, name=found.name, actor=replace(actor, scopes=found.scopes))


def keep_used(engine: Engine, used: Mapping[int, datetime]) -> None:
    """Writes down when tokens, by id, were used last. Raises DatabaseGone."""
    if used:
        with writing(engine) as connection:
            put_used(connection, used)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
