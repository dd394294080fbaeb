"""工作密码 of officials, as digests, and when wrong ones were typed."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from zhitong.store.tables import staff_codes, wrong_codes


def put_code(connection: Connection, official: str, digest: str, *, at: datetime) -> None:
    """The official's code from now on."""
    connection.execute(delete(staff_codes).where(staff_codes.c.official == official))
    connection.execute(staff_codes.insert().values(official=official, digest=digest, at=at))


def official_with(connection: Connection, digest: str) -> str:
    """The id of the official with this code; empty for nobody's."""
    return connection.scalars(select(staff_codes.c.official).where(staff_codes.c.digest == digest)).first() or ""


def put_wrong_code(connection: Connection, *, at: datetime) -> None:
    """Notes that a wrong code was typed."""
    connection.execute(wrong_codes.insert().values(at=at))


def count_wrong_codes(connection: Connection, *, since: datetime) -> int:
    """How many wrong codes were typed since then."""
    query = select(func.count()).select_from(wrong_codes).where(wrong_codes.c.at > since)
    return connection.execute(query).scalar_one()
