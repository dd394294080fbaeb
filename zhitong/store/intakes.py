"""By whose account cases came in that were no calls, digests of their extraction codes, and wrong ones tried."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from zhitong.store.tables import intakes, wrong_extractions


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakeRow:
    """How a case came in."""

    case_number: str
    account: str
    code_digest: str


def add_intake(connection: Connection, number: str, *, account: str, code_digest: str) -> None:
    """That a case came in by this account."""
    connection.execute(intakes.insert(), {"case_number": number, "account": account, "code_digest": code_digest})


def intake_of(connection: Connection, number: str) -> IntakeRow | None:
    """How this case came in; None: by a call, or from 12345."""
    row = connection.execute(select(intakes).where(intakes.c.case_number == number)).one_or_none()
    return None if row is None else IntakeRow(**row._mapping)


def put_wrong(connection: Connection, places: Iterable[str], *, at: datetime, forget: datetime) -> None:
    """Notes a wrong code at each of these places; what is older than `forget` goes."""
    table = wrong_extractions
    connection.execute(table.delete().where(table.c.at < forget))
    connection.execute(table.insert(), [{"place": place, "at": at} for place in places])


def wrong_at(connection: Connection, place: str, *, since: datetime) -> list[datetime]:
    """When wrong codes were tried there since then."""
    table = wrong_extractions
    return list(connection.scalars(select(table.c.at).where(table.c.place == place, table.c.at >= since)))


def forget_wrong(connection: Connection, place: str) -> None:
    """The wrong ones tried there count no more."""
    connection.execute(wrong_extractions.delete().where(wrong_extractions.c.place == place))
