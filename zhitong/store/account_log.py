"""What became of accounts and tokens, as their rows tell it: none is changed, only ended and followed by another."""

from typing import Any

from sqlalchemy import Connection, Row, select, text

from zhitong.store.tables import ACTS, accesses, accounts, api_tokens


def account_rows(connection: Connection) -> list[Row[Any]]:
    """Every account that there was, oldest first."""
    return list(connection.execute(select(accounts).order_by(accounts.c.id)))


def token_rows(connection: Connection) -> list[Row[Any]]:
    """Every token that there was, oldest first; never itself."""
    columns = [column for column in api_tokens.c if column is not api_tokens.c.digest]
    return list(connection.execute(select(*columns).order_by(api_tokens.c.id)))


def acts_of_admins(connection: Connection) -> list[Row[Any]]:
    """The records of what administrators did to accounts, oldest first."""
    return list(connection.execute(select(accesses).where(text(ACTS)).order_by(accesses.c.id)))
