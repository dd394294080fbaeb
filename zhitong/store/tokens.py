"""Tokens of the API, as digests."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from cases.roles import Action
from zhitong.store.tables import api_tokens as table


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenRow:
    """A token as the database knows it: never itself. used_at: when last, to the minute."""

    id: int
    name: str
    account: str
    scopes: frozenset[Action]
    at: datetime
    by: str
    expires_at: datetime
    ended_at: datetime | None
    used_at: datetime | None


def add_token(
    connection: Connection,
    name: str,
    *,
    account: str,
    scopes: Collection[Action],
    digest: str,
    by: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """A token in use from now on. Of a name there is one in use."""
    row = {"name": name, "account": account, "scopes": sorted(scopes), "digest": digest, "at": at, "by": by}
    connection.execute(table.insert(), row | {"expires_at": expires_at, "ended_by": ""})


def end_token(connection: Connection, name: str, *, by: str, at: datetime) -> bool:
    """Ends the token of this name; False: none is in use."""
    query = table.update().where(table.c.name == name, table.c.ended_at.is_(None))
    return bool(connection.execute(query.values(ended_at=at, ended_by=by)).rowcount)


def end_tokens_of(connection: Connection, account: str, *, by: str, at: datetime) -> None:
    """Ends the tokens of an account that are in use."""
    query = table.update().where(table.c.account == account, table.c.ended_at.is_(None))
    connection.execute(query.values(ended_at=at, ended_by=by))


def token_in_use(connection: Connection, name: str) -> TokenRow | None:
    """The token of this name that is in use, expired or not."""
    return _one(connection.execute(select(table).where(table.c.name == name, table.c.ended_at.is_(None))).one_or_none())


def token_with(connection: Connection, digest: str) -> TokenRow | None:
    """The token of this digest, ended or expired ones too."""
    return _one(connection.execute(select(table).where(table.c.digest == digest)).one_or_none())


def all_tokens(connection: Connection) -> list[TokenRow]:
    """The tokens that were not ended, by name."""
    query = select(table).where(table.c.ended_at.is_(None)).order_by(table.c.name)
    return [_token(row) for row in connection.execute(query)]


def put_used(connection: Connection, used: Mapping[int, datetime]) -> None:
    """When tokens, by id, were used last."""
    query = table.update().where(table.c.id == bindparam("_id")).values(used_at=bindparam("_at"))
    if used:
        connection.execute(query, [{"_id": id, "_at": at} for id, at in used.items()])


def _one(row: Row[Any] | None) -> TokenRow | None:
    return None if row is None else _token(row)


def _token(row: Row[Any]) -> TokenRow:
    return TokenRow(
        id=row.id,
        name=row.name,
        account=row.account,
        scopes=frozenset(map(Action, row.scopes)),
        at=row.at,
        by=row.by,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        used_at=row.used_at,
    )
