"""With what people sign in to the console, and who is signed in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from zhitong.store.tables import credentials, sign_ins


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """temporary_until: a first password, which ends then; totp_step: the last one whose code was used."""

    account: str
    password_hash: str
    at: datetime
    by: str
    temporary_until: datetime | None
    totp_secret: str
    totp_at: datetime | None
    totp_step: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInRow:
    """Somebody who is signed in. complete: with the second factor too."""

    digest: str
    account: str
    at: datetime
    seen_at: datetime
    address: str
    complete: bool


def credentials_of(connection: Connection, account: str) -> Credentials | None:
    """With what the account signs in; None: it cannot yet."""
    row = connection.execute(select(credentials).where(credentials.c.account == account)).one_or_none()
    return None if row is None else Credentials(**row._mapping)


def put_credentials(connection: Connection, account: str, **values: Any) -> None:
    """Sets these of them; a first time all of them."""
    if credentials_of(connection, account) is None:
        connection.execute(credentials.insert(), {"account": account} | values)
    else:
        connection.execute(credentials.update().where(credentials.c.account == account).values(**values))


def drop_credentials(connection: Connection, account: str) -> None:
    """The account signs in no more, and is signed out everywhere."""
    connection.execute(credentials.delete().where(credentials.c.account == account))
    end_sign_ins(connection, account)


def use_step(connection: Connection, account: str, step: int) -> bool:
    """Notes that the code of this step was used; False: it, or a later one, was before."""
    table = credentials
    query = table.update().where(table.c.account == account, table.c.totp_step < step).values(totp_step=step)
    return bool(connection.execute(query).rowcount)


def add_sign_in(connection: Connection, row: SignInRow) -> None:
    """Somebody is signed in."""
    values = {name: getattr(row, name) for name in SignInRow.__slots__}
    connection.execute(sign_ins.insert(), values)


def sign_in_with(connection: Connection, digest: str) -> SignInRow | None:
    """Who is signed in with the token of this digest."""
    row = connection.execute(select(sign_ins).where(sign_ins.c.digest == digest)).one_or_none()
    return None if row is None else SignInRow(**row._mapping)


def set_seen(connection: Connection, digest: str, at: datetime) -> None:
    """He was here just now."""
    connection.execute(sign_ins.update().where(sign_ins.c.digest == digest).values(seen_at=at))


def end_sign_in(connection: Connection, digest: str) -> None:
    """Signs out."""
    connection.execute(sign_ins.delete().where(sign_ins.c.digest == digest))


def end_sign_ins(connection: Connection, account: str, *, but: str = "") -> None:
    """Signs the account out everywhere; but: the digest of the one that stays."""
    connection.execute(sign_ins.delete().where(sign_ins.c.account == account, sign_ins.c.digest != but))


def forget_sign_ins(connection: Connection, *, begun: datetime, seen: datetime) -> None:
    """Those that began or were seen last before these moments."""
    connection.execute(sign_ins.delete().where((sign_ins.c.at < begun) | (sign_ins.c.seen_at < seen)))
