"""What citizens want of texts, and how many a number got."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from zhitong.store.citizens import THEIRS
from zhitong.store.tables import due, sms_wishes

SENT = "短信已发"
"""The outcome of the due task of a text that a gateway took."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SmsWish:
    """wish: stop: no texts; want: texts even of what is kept secret; empty: as everybody. by: who was told."""

    number: str
    wish: str
    reason: str
    by: str
    at: datetime


def put_wish(connection: Connection, wish: SmsWish) -> None:
    """Writes it down; it holds until the next one of that number."""
    values = {"number": wish.number, "wish": wish.wish, "reason": wish.reason, "by": wish.by, "at": wish.at}
    connection.execute(sms_wishes.insert().values(**values))


def newest_wish(connection: Connection, number: str) -> SmsWish | None:
    """What holds for a number, and since when; None: nobody has ever said anything."""
    query = select(sms_wishes).where(sms_wishes.c.number == number).order_by(sms_wishes.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return SmsWish(number=row.number, wish=row.wish, reason=row.reason, by=row.by, at=row.at)


def wish_of_number(connection: Connection, number: str) -> str:
    """stop, want, or empty."""
    query = select(sms_wishes.c.wish).where(sms_wishes.c.number == number).order_by(sms_wishes.c.id.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none() or ""


def all_wishes(connection: Connection) -> list[SmsWish]:
    """Those that hold, oldest first."""
    newest = select(func.max(sms_wishes.c.id)).group_by(sms_wishes.c.number)
    query = select(sms_wishes).where(sms_wishes.c.id.in_(newest), sms_wishes.c.wish != "").order_by(sms_wishes.c.id)
    rows = connection.execute(query)
    return [SmsWish(number=row.number, wish=row.wish, reason=row.reason, by=row.by, at=row.at) for row in rows]


def texts_to(connection: Connection, numbers: Collection[str], kinds: Iterable[str], *, since: datetime) -> int:
    """How many texts to whoever has one of these numbers a gateway took since then, of whatever case."""
    query = (
        select(func.count())
        .select_from(due)
        .where(due.c.case_number.in_(THEIRS))
        .where(due.c.kind.in_(list(kinds)), due.c.done_at >= since, due.c.outcome == SENT)
    )
    return connection.execute(query, {"callers": list(numbers)}).scalar_one()
